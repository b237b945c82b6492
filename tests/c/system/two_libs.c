/*
 * The system's libnetsnmp and libzsnmp, which has a net-snmp of its own inside, in one process and
 * at work at the same time. Neither may see the other's symbols, users or sessions. Built and run
 * by tests/integration/test_symbols.py, once against libzsnmp.so and once against libzsnmp.a.
 *
 * usage: two_libs PORT (of a simulator)
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <stdatomic.h>

#include "../help.h"
#include "zsnmp.h"

#define REQUESTS 2000
#define ROUNDS 100
#define VALUE_MAX 500

static const oid sys_descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};
static char by_zsnmp[VALUE_MAX];
static _Atomic int answered;

/* ---- libzsnmp ---- */

static void on_done(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    zsnmp_varbind_t vb;
    size_t at = 0;
    (void)request;
    CHECK_EQ(zsnmp_reply_error(reply), ZSNMP_OK);
    CHECK(zsnmp_reply_varbind(reply, &at, &vb));
    CHECK_EQ(vb.type, ZSNMP_OCTET_STRING);
    if (arg != NULL) { /* the first: nobody reads the text before the pool is drained */
        snprintf(by_zsnmp, sizeof by_zsnmp, "%.*s", (int)vb.value.bytes.len,
                 (const char *)vb.value.bytes.data);
    }
    atomic_fetch_add(&answered, 1);
}

static void submit(zsnmp_pool_t *pool, const char *port, int number)
{
    char peer[80];
    snprintf(peer, sizeof peer, "127.0.0.%d:%s", number % 10 + 1, port);
    zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, peer);
    CHECK(request != NULL);
    CHECK_EQ(zsnmp_request_add_oid_str(request, "1.3.6.1.2.1.1.1.0"), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_set_timeout(request, PATIENCE_MS / 4, 2), ZSNMP_OK);
    if (number % 2 == 1) {
        CHECK_EQ(zsnmp_request_set_user(request, "sha256-aes256"), ZSNMP_OK);
        CHECK_EQ(zsnmp_request_set_auth(request, ZSNMP_AUTH_SHA256, "authpass-sha256"), ZSNMP_OK);
        CHECK_EQ(zsnmp_request_set_priv(request, ZSNMP_PRIV_AES256, "privpass-aes256"), ZSNMP_OK);
    }
    CHECK_EQ(zsnmp_pool_submit(pool, request, on_done, number == 0 ? by_zsnmp : NULL, NULL),
             ZSNMP_OK);
}

/* ---- the system's library ---- */

static void set_v3(netsnmp_session *session)
{
    session->version = SNMP_VERSION_3;
    session->securityName = strdup("sha-aes128");
    session->securityNameLen = strlen(session->securityName);
    session->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    session->securityAuthProto = usmHMACSHA1AuthProtocol;
    session->securityAuthProtoLen = USM_AUTH_PROTO_SHA_LEN;
    session->securityAuthKeyLen = USM_AUTH_KU_LEN;
    session->securityPrivProto = usmAESPrivProtocol;
    session->securityPrivProtoLen = USM_PRIV_PROTO_AES_LEN;
    session->securityPrivKeyLen = USM_PRIV_KU_LEN;
    CHECK_EQ(generate_Ku(usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN,
                         (const u_char *)"authpass-sha", 12, session->securityAuthKey,
                         &session->securityAuthKeyLen),
             SNMPERR_SUCCESS);
    CHECK_EQ(generate_Ku(usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN,
                         (const u_char *)"privpass-aes128", 15, session->securityPrivKey,
                         &session->securityPrivKeyLen),
             SNMPERR_SUCCESS);
}

static void set_v2c(netsnmp_session *session)
{
    session->version = SNMP_VERSION_2c;
    session->community = (u_char *)strdup("public");
    session->community_len = 6;
}

static netsnmp_session *open_session(const char *port, void (*set)(netsnmp_session *))
{
    netsnmp_session session;
    char peer[80];
    snprintf(peer, sizeof peer, "udp:127.0.0.1:%s", port);
    snmp_sess_init(&session);
    session.peername = peer;
    session.timeout = PATIENCE_MS / 4 * 1000L;
    set(&session);
    netsnmp_session *opened = snmp_open(&session);
    CHECK(opened != NULL);
    free(session.community);
    free(session.securityName);
    return opened;
}

static void ask(netsnmp_session *session, char *value)
{
    netsnmp_pdu *response = NULL;
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
    CHECK(pdu != NULL);
    snmp_add_null_var(pdu, sys_descr, OID_LENGTH(sys_descr));
    CHECK_EQ(snmp_synch_response(session, pdu, &response), STAT_SUCCESS);
    CHECK_EQ(response->errstat, 0);
    CHECK_EQ(response->variables->type, ASN_OCTET_STR);
    snprintf(value, VALUE_MAX, "%.*s", (int)response->variables->val_len,
             (const char *)response->variables->val.string);
    snmp_free_pdu(response);
}

static void set_up_system(void)
{
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    init_snmp("two_libs");
}

int main(int argc, char **argv)
{
    char by_v2c[VALUE_MAX] = "";
    char by_v3[VALUE_MAX] = "";
    CHECK_EQ(argc, 2);
    set_up_system();
    zsnmp_pool_t *pool = zsnmp_pool_new(NULL, NULL);
    CHECK(pool != NULL);
    netsnmp_session *v2c = open_session(argv[1], set_v2c);
    netsnmp_session *v3 = open_session(argv[1], set_v3);
    for (int i = 0; i < REQUESTS; i++) {
        submit(pool, argv[1], i);
        if (i % (REQUESTS / ROUNDS) == 0) {
            ask(v2c, by_v2c);
            ask(v3, by_v3);
        }
    }
    CHECK(zsnmp_pool_drain(pool, PATIENCE_MS));
    CHECK_EQ(answered, REQUESTS);
    CHECK(by_v2c[0] != '\0' && strcmp(by_v2c, by_v3) == 0);
    CHECK(strcmp(by_v2c, by_zsnmp) == 0);
    zsnmp_stats_t stats;
    zsnmp_pool_stats(pool, &stats);
    CHECK_EQ(stats.hook_trips, 0);
    zsnmp_pool_destroy(&pool);
    ask(v3, by_v3); /* the end of one is not the end of the other */
    snmp_close(v2c);
    snmp_close(v3);
    snmp_shutdown("two_libs");
    printf("%s\n", netsnmp_get_version());
    return 0;
}
