/*
 * The examples of docs/PROTOCOL.md: their bytes mean what stands beside them,
 * the decoder takes the requests, and the encoder makes the replies.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/wire.h"
#include "wire_text.h"

#define DOC "docs/PROTOCOL.md"
#define DOC_MAX (1024u * 1024)
#define EXAMPLES_MAX 20u

/* One example: what follows ```text and ```hex, for request and reply. */
struct example {
    char *notation[2];
    char *hex[2];
};

static struct example examples[EXAMPLES_MAX];
static size_t count;
static char doc[DOC_MAX];
static struct zsnmp_buf out;

/* The next block that starts with fence; *at moves behind it. */
static char *block(char **at, const char *fence)
{
    char *start = strstr(*at, fence);
    if (start == NULL) {
        return NULL;
    }
    start += strlen(fence);
    char *end = strstr(start, "\n```");
    cr_assert_not_null(end);
    *end = '\0';
    *at = end + 1;
    for (char *c = start; *c != '\0'; c++) {
        *c = *c == '\n' ? ' ' : *c;
    }
    return start;
}

static void setup(void)
{
    FILE *file = fopen(DOC, "r");
    cr_assert_not_null(file, "run me where " DOC " is");
    doc[fread(doc, 1, sizeof doc - 1, file)] = '\0';
    fclose(file);
    char *at = doc;
    for (size_t part = 0;; part++) {
        char *notation = block(&at, "\n```text\n");
        if (notation == NULL) {
            break;
        }
        cr_assert_lt(part / 2, EXAMPLES_MAX);
        examples[part / 2].notation[part % 2] = notation;
        examples[part / 2].hex[part % 2] = block(&at, "\n```hex\n");
        cr_assert_not_null(examples[part / 2].hex[part % 2]);
        count = part / 2 + 1;
    }
    zsnmp_buf_init(&out, DOC_MAX);
}

static void teardown(void)
{
    zsnmp_buf_clear(&out);
}

TestSuite(wire_doc, .init = setup, .fini = teardown);

Test(wire_doc, bytes_mean_what_stands_beside_them)
{
    cr_assert_eq(count, 8);
    for (size_t i = 0; i < 2 * count; i++) {
        out.len = 0;
        wire_text(&out, examples[i / 2].notation[i % 2]);
        cr_assert_str_eq(wire_hex(out.data, out.len), examples[i / 2].hex[i % 2]);
    }
}

/* ---- what the devices of the examples answer ---- */

static void add(struct zsnmp_request *request, const struct zsnmp_item *item, zsnmp_varbind_t vb)
{
    vb.oid = item->oid;
    vb.oid_len = item->oid_len;
    zsnmp_wire_add_varbind(request, &vb);
}

static void answer_get(struct zsnmp_request *request)
{
    add(request, request->items, (zsnmp_varbind_t){.type = ZSNMP_TIMETICKS, .value.u = 8640000});
    add(request, request->items->next,
        (zsnmp_varbind_t){.type = ZSNMP_OCTET_STRING, .value.bytes = {(const uint8_t *)"lab", 3}});
}

static void answer_list(struct zsnmp_request *request)
{
    static const uint32_t net_snmp[] = {1, 3, 6, 1, 4, 1, 8072};
    add(request, request->items,
        (zsnmp_varbind_t){.type = ZSNMP_OBJECT_ID, .value.oid = {net_snmp, 7}});
    add(request, request->items->next, (zsnmp_varbind_t){.type = ZSNMP_NO_SUCH_INSTANCE});
    request->reply.rtt_us = 850;
    request->reply.tries = 1;
}

static void answer_exception(struct zsnmp_request *request)
{
    add(request, request->items, (zsnmp_varbind_t){.type = ZSNMP_NO_SUCH_INSTANCE});
}

static void answer_walk(struct zsnmp_request *request)
{
    struct zsnmp_reply *reply = &request->reply;
    cr_assert_not_null(reply->next);
    memcpy(reply->next, request->items->oid, request->items->oid_len * sizeof(uint32_t));
    reply->next_len = request->items->oid_len;
    reply->next[reply->next_len++] = 1;
    zsnmp_varbind_t vb = {.oid = reply->next,
                          .oid_len = reply->next_len,
                          .type = ZSNMP_COUNTER32,
                          .value.u = UINT32_MAX};
    zsnmp_wire_add_varbind(request, &vb);
    reply->stop = ZSNMP_STOP_LIMIT;
}

static void answer_nothing(struct zsnmp_request *request)
{
    cr_assert_eq(request->creds.level, ZSNMP_AUTH_PRIV);
    request->reply.error = ZSNMP_E_TIMEOUT;
    request->reply.sent = ZSNMP_SENT_MAYBE;
}

static void (*const devices[])(struct zsnmp_request *) = {
    answer_get, answer_list, answer_exception, answer_walk, answer_nothing,
};

#define DEVICES (sizeof devices / sizeof devices[0])

/* Answers one message as a service would. */
static void serve(size_t example, const struct zsnmp_wire_call *call, zsnmp_err_t err,
                  const char *why)
{
    if (err != ZSNMP_OK) {
        zsnmp_wire_put_refusal(&out, call, err, why);
    } else if (call->kind == ZSNMP_WIRE_CANCEL) {
        bool number = call->target_len == 1 && call->target[0] == 9;
        zsnmp_wire_put_cancelled(&out, call->id, call->id_len, number);
    } else {
        cr_assert_eq(call->kind, ZSNMP_WIRE_SNMP);
        cr_assert_lt(example, DEVICES);
        devices[example](call->request);
        zsnmp_wire_put_reply(&out, call->request);
        zsnmp_request_free(call->request);
    }
}

Test(wire_doc, requests_are_taken_and_replies_are_made)
{
    for (size_t i = 0; i < count; i++) {
        struct zsnmp_buf body;
        struct zsnmp_wire_body opened;
        const char *why = NULL;
        struct zsnmp_wire_call call;
        zsnmp_buf_init(&body, DOC_MAX);
        wire_text(&body, examples[i].notation[0]);
        out.len = 0;
        zsnmp_err_t err = zsnmp_wire_open(&opened, NULL, body.data, body.len, 10, &why);
        if (err != ZSNMP_OK) {
            zsnmp_wire_put_error(&out, NULL, 0, err, why);
        } else if (opened.batch) {
            zsnmp_wire_put_batch(&out, opened.count);
        }
        if (err == ZSNMP_OK) {
            while (zsnmp_wire_next(&opened, &call, &err, &why)) {
                serve(i, &call, err, why);
            }
        }
        cr_assert_str_eq(wire_hex(out.data, out.len), examples[i].hex[1]);
        zsnmp_buf_clear(&body);
    }
}
