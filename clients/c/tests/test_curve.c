/*
 * A broker behind a CURVE server: with the right keys, and with wrong ones.
 */
#include <errno.h>
#include <string.h>

#include "harness.h"

static struct serve serve;
static zsnmpc_options_t options;

static const char *curve(const char *key)
{
    return json_string_value(json_object_get(json_object_get(serve.about, "curve"), key));
}

static zsnmpc_reply_t *ping(int code)
{
    zsnmpc_t *client = zsnmpc_new(curve("endpoint"), &options);
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_PING, NULL);
    require(client != NULL && request != NULL);
    zsnmpc_reply_t *reply = client_ask(client, request, code);
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&client);
    return reply;
}

static void right_keys(void)
{
    zsnmpc_reply_t *reply = ping(-1);
    const char *protocol = zsnmpc_reply_text(reply, "protocol");
    check(protocol != NULL && strcmp(protocol, "ZSNMP/1") == 0);
    zsnmpc_reply_destroy(&reply);
}

static void without_keys(void)
{
    zsnmpc_options_t keys = options;
    options.server_key = options.public_key = options.secret_key = NULL;
    options.patience_ms = 1000;
    zsnmpc_reply_t *reply = ping(ZSNMPC_E_SERVICE_LOST);
    zsnmpc_reply_destroy(&reply);
    options = keys;
}

/* Another client's keys: well formed, but the server does not know them. */
static void unknown_keys(void)
{
    zsnmpc_options_t keys = options;
    options.public_key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    options.secret_key = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
    options.patience_ms = 1000;
    zsnmpc_reply_t *reply = ping(ZSNMPC_E_SERVICE_LOST);
    zsnmpc_reply_destroy(&reply);
    options = keys;
}

static void keys_that_are_none(void)
{
    zsnmpc_options_t wrong[4] = {options, options, options, options};
    wrong[0].secret_key = NULL;
    wrong[1].server_key = "short";
    wrong[2].public_key = "not Z85 \x01 not Z85 \x01 not Z85 \x01 not Z85 \x01";
    wrong[3].server_key = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        errno = 0;
        check(zsnmpc_new(curve("endpoint"), &wrong[i]) == NULL && errno == EINVAL, "%zu", i);
    }
}

/* The broker behind the server is killed: nothing breaks on this side but the answers. */
static void lost_behind_the_server(void)
{
    zsnmpc_options_t hasty = options;
    hasty.patience_ms = 3000;
    zsnmpc_t *client = zsnmpc_new(curve("endpoint"), &hasty);
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_PING, NULL);
    require(client != NULL && request != NULL);
    zsnmpc_reply_t *reply = client_ask(client, request, -1);
    zsnmpc_reply_destroy(&reply);
    serve_say(&serve, "kill");
    reply = client_ask(client, request, ZSNMPC_E_SERVICE_LOST);
    zsnmpc_reply_destroy(&reply);
    serve_say(&serve, "start");
    for (int i = 0; i < 30; i++) { /* until the server has found it again */
        reply = zsnmpc_ask(client, request, NULL, NULL);
        require(reply != NULL);
        if (zsnmpc_reply_error(reply) == NULL) {
            break;
        }
        zsnmpc_reply_destroy(&reply);
    }
    check(reply != NULL);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&client);
}

int main(void)
{
    static const struct test tests[] = {{"right keys", right_keys},
                                        {"without keys", without_keys},
                                        {"unknown keys", unknown_keys},
                                        {"keys that are none", keys_that_are_none},
                                        {"lost behind the server", lost_behind_the_server}};
    serve_start(&serve, true);
    zsnmpc_options_init(&options);
    options.server_key = curve("server_key");
    options.public_key = curve("client_public");
    options.secret_key = curve("client_secret");
    int status = harness_run(tests, sizeof(tests) / sizeof(tests[0]));
    serve_end(&serve);
    return status;
}
