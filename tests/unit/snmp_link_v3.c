/*
 * Links of v3, with the simulator's agent at the other end: discovery, all pairs of protocols,
 * devices that restart or are replaced, and what an outsider can forge.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_help.h"
#include "sim_help.h"
#include "snmp_help.h"

static const uint32_t sys_name[] = {1, 3, 6, 1, 2, 1, 1, 5, 0};

struct pair {
    struct sim_bed *sim;
    struct snmp_bed *bed;
};

static const char *const auths[] = {NULL, "md5", "sha", "sha224", "sha256", "sha384", "sha512"};
static const char *const privs[] = {NULL,     "des",     "aes128", "aes192",
                                    "aes256", "aes192c", "aes256c"};

struct names {
    char user[40];
    char auth_pass[40];
    char priv_pass[40];
};

static struct zsnmp_creds make_creds(zsnmp_auth_t auth, zsnmp_priv_t priv, struct names *names)
{
    struct zsnmp_creds creds = {.version = ZSNMP_V3,
                                .level = ZSNMP_NO_AUTH_NO_PRIV,
                                .auth_proto = (uint8_t)auth,
                                .priv_proto = (uint8_t)priv};
    strcpy(names->user, "noauth");
    if (auth != ZSNMP_AUTH_NONE) {
        creds.level = ZSNMP_AUTH_NO_PRIV;
        strcpy(names->user, auths[auth]);
        snprintf(names->auth_pass, sizeof names->auth_pass, "authpass-%s", auths[auth]);
    }
    if (priv != ZSNMP_PRIV_NONE) {
        creds.level = ZSNMP_AUTH_PRIV;
        snprintf(names->user, sizeof names->user, "%s-%s", auths[auth], privs[priv]);
        snprintf(names->priv_pass, sizeof names->priv_pass, "privpass-%s", privs[priv]);
    }
    creds.user = (struct zsnmp_str){names->user, strlen(names->user)};
    return creds;
}

static struct pair new_pair(zsnmp_auth_t auth, zsnmp_priv_t priv)
{
    struct names names = {{0}, {0}, {0}};
    struct zsnmp_key auth_key = {.len = 0};
    struct zsnmp_key priv_key = {.len = 0};
    struct zsnmp_creds creds = make_creds(auth, priv, &names);
    zsnmp_snmp_init();
    if (auth != ZSNMP_AUTH_NONE) {
        cr_assert_eq(zsnmp_key_derive(auth, names.auth_pass, strlen(names.auth_pass), &auth_key),
                     ZSNMP_OK);
    }
    if (priv != ZSNMP_PRIV_NONE) {
        cr_assert_eq(zsnmp_key_derive(auth, names.priv_pass, strlen(names.priv_pass), &priv_key),
                     ZSNMP_OK);
    }
    struct pair pair = {sim_bed_new(2), snmp_bed_new(&creds, &auth_key, &priv_key)};
    memset(&names, 'x', sizeof names); /* the link has its own copies */
    return pair;
}

static void destroy(struct pair *pair)
{
    snmp_bed_destroy(&pair->bed);
    sim_bed_destroy(&pair->sim);
}

/* Hands the last message sent to the agent, and its reply to the link. */
static bool exchange(struct pair *pair, void *request)
{
    cr_assert(sim_send_bytes(pair->sim, pair->bed->data, pair->bed->len), "no reply");
    return snmp_bed_receive(pair->bed, request, pair->sim->out.head, pair->sim->reply_len);
}

/* Until the link can send: one probe and the report that answers it. */
static void discover(struct pair *pair)
{
    struct snmp_bed *bed = pair->bed;
    int probe;
    cr_assert_not(zsnmp_link_has_engine(bed->link));
    cr_assert_eq(zsnmp_link_probe(bed->link, &probe, 99), ZSNMP_OK);
    cr_assert_eq(bed->sent_for, &probe);
    bed->report_ends = true;
    int reports = bed->reports;
    cr_assert(exchange(pair, &probe));
    bed->report_ends = false;
    cr_assert_eq(bed->reports, reports + 1);
    cr_assert_eq(bed->report, ZSNMP_E_UNKNOWN_ENGINE_ID);
    cr_assert(zsnmp_link_has_engine(bed->link));
    cr_assert_eq(zsnmp_link_make_user(bed->link), ZSNMP_OK);
}

static void send_get(struct pair *pair, void *request, int32_t reqid)
{
    struct zsnmp_pdu pdu = {.op = ZSNMP_GET, .reqid = reqid, .oid = sys_name, .oid_len = 9};
    cr_assert_eq(zsnmp_link_send(pair->bed->link, request, &pdu), ZSNMP_OK);
    cr_assert_eq(pair->bed->sent_for, request);
}

/* One GET and its answer, with as many exchanges as net-snmp needs to set its clock. */
static int get(struct pair *pair, int32_t reqid)
{
    struct snmp_bed *bed = pair->bed;
    int answers = bed->answers;
    int exchanges = 0;
    int request;
    send_get(pair, &request, reqid);
    while (bed->answers == answers && exchanges < 3) {
        int sent = bed->sent;
        cr_assert(exchange(pair, &request));
        exchanges++;
        cr_assert(bed->answers > answers || bed->sent > sent, "neither answered nor sent again");
    }
    cr_assert_eq(bed->answers, answers + 1);
    cr_assert_eq(bed->error_status, 0);
    zsnmp_varbind_t vb = snmp_bed_varbind(bed, 0);
    cr_assert_str_eq(snmp_oid_text(&vb), "1.3.6.1.2.1.1.5.0");
    cr_assert_eq(vb.type, ZSNMP_OCTET_STRING);
    return exchanges;
}

static bool holds(const struct snmp_bed *bed, const void *what, size_t len)
{
    return memmem(bed->data, bed->len, what, len) != NULL;
}

Test(snmp_link_v3, each_pair_of_protocols)
{
    for (int auth = 0; auth <= ZSNMP_AUTH_SHA512; auth++) {
        for (int priv = 0; priv <= (auth == 0 ? 0 : ZSNMP_PRIV_AES256C); priv++) {
            struct pair pair = new_pair((zsnmp_auth_t)auth, (zsnmp_priv_t)priv);
            discover(&pair);
            for (int32_t i = 1; i <= 5; i++) {
                int exchanges = get(&pair, i);
                cr_assert_eq(exchanges, 1, "auth %d, priv %d", auth, priv);
                cr_assert_eq(holds(pair.bed, "\x2b\x06\x01\x02\x01\x01\x05", 7), priv == 0,
                             "the OID is to be read on the wire without privacy only");
            }
            cr_assert_eq(pair.bed->reports, 1);
            destroy(&pair);
        }
    }
}

Test(snmp_link_v3, the_probe_tells_nothing)
{
    struct pair pair = new_pair(ZSNMP_AUTH_SHA256, ZSNMP_PRIV_AES128);
    int probe;
    cr_assert_eq(zsnmp_link_probe(pair.bed->link, &probe, 99), ZSNMP_OK);
    struct zsnmp_peek peek;
    cr_assert(zsnmp_peek(pair.bed->data, pair.bed->len, &peek));
    cr_assert_eq(peek.version, ZSNMP_V3);
    cr_assert(peek.reportable);
    cr_assert_eq(peek.id, pair.bed->id);
    cr_assert_not(holds(pair.bed, "sha256", 6), "not even the user's name");
    zsnmp_link_cancel(pair.bed->link, 99);
    destroy(&pair);
}

/* Each try has a msgID of its own, and the answer to an earlier one counts. */
Test(snmp_link_v3, answers_to_earlier_tries_count)
{
    struct pair pair = new_pair(ZSNMP_AUTH_SHA, ZSNMP_PRIV_AES128);
    struct snmp_bed *bed = pair.bed;
    static uint8_t first[2000];
    int32_t ids[6];
    int request;
    discover(&pair);
    for (int32_t reqid = 5; reqid < 11; reqid++) {
        send_get(&pair, &request, reqid);
        size_t len = bed->len;
        cr_assert_leq(len, sizeof first);
        memcpy(first, bed->data, len);
        ids[0] = bed->id;
        for (int i = 1; i <= reqid - 5; i++) {
            cr_assert_eq(zsnmp_link_resend(bed->link, &request, reqid), ZSNMP_OK);
            ids[i] = bed->id;
            for (int k = 0; k < i; k++) {
                cr_assert_neq(ids[i], ids[k]);
            }
        }
        int answers = bed->answers;
        cr_assert(sim_send_bytes(pair.sim, first, len));
        cr_assert(snmp_bed_receive(bed, &request, pair.sim->out.head, pair.sim->reply_len));
        cr_assert_eq(bed->answers, answers + 1, "after %d further tries", reqid - 5);
        cr_assert_not(snmp_bed_receive(bed, &request, pair.sim->out.head, pair.sim->reply_len));
        cr_assert_eq(bed->answers, answers + 1);
    }
    destroy(&pair);
}

/* The device's boots grew: it says so in an authenticated report, and the request goes out anew. */
Test(snmp_link_v3, a_device_that_restarted)
{
    struct pair pair = new_pair(ZSNMP_AUTH_SHA256, ZSNMP_PRIV_AES256);
    discover(&pair);
    cr_assert_eq(get(&pair, 1), 1);
    pair.sim->world->engine_boots = 7;
    cr_assert_eq(get(&pair, 2), 2, "a report that sets the clock, then the answer");
    cr_assert_eq(get(&pair, 3), 1);
    pair.sim->agent->uptime_cs += 100000; /* 1000 s, far beyond the window of 150 s */
    cr_assert_eq(get(&pair, 4), 2);
    destroy(&pair);
}

/* Boots or time of a restored or cloned device go back: net-snmp takes that for a replay. */
Test(snmp_link_v3, a_clock_that_goes_back)
{
    struct pair pair = new_pair(ZSNMP_AUTH_SHA, ZSNMP_PRIV_AES128);
    pair.sim->world->engine_boots = 7;
    pair.sim->agent->uptime_cs = 500000;
    discover(&pair);
    get(&pair, 1);
    cr_assert_eq(get(&pair, 2), 1);
    pair.sim->world->engine_boots = 3;
    cr_assert_eq(get(&pair, 3), 2, "boots back: a report that sets the clock, then the answer");
    cr_assert_eq(get(&pair, 4), 1);
    pair.sim->agent->uptime_cs = 100;
    cr_assert_eq(get(&pair, 5), 2, "time back");
    cr_assert_eq(get(&pair, 6), 1);
    destroy(&pair);
}

/* What was known of an engine serves the next link: no probe, and with the clock no report. */
Test(snmp_link_v3, an_engine_taken_up_again)
{
    struct pair pair = new_pair(ZSNMP_AUTH_MD5, ZSNMP_PRIV_DES);
    struct zsnmp_link *link = pair.bed->link;
    struct zsnmp_usm_head usm;
    uint8_t id[ZSNMP_ENGINE_ID_MAX];
    cr_assert_not(zsnmp_link_get_engine(link, &usm));
    pair.sim->world->engine_boots = 7;
    discover(&pair);
    get(&pair, 1);
    cr_assert(zsnmp_link_get_engine(link, &usm));
    cr_assert_eq(usm.boots, 7);
    size_t len = usm.engine_id_len;
    memcpy(id, usm.engine_id, len);
    cr_assert(zsnmp_link_is_engine(link, id, len));
    cr_assert_not(zsnmp_link_is_engine(link, id, len - 1));
    cr_assert_eq(zsnmp_link_set_engine(link, id, len, usm.boots, usm.time), ZSNMP_OK);
    cr_assert_eq(zsnmp_link_make_user(link), ZSNMP_OK);
    cr_assert_eq(get(&pair, 2), 1);
    cr_assert_eq(zsnmp_link_set_engine(link, id, len, 0, 0), ZSNMP_OK);
    cr_assert_eq(zsnmp_link_make_user(link), ZSNMP_OK);
    cr_assert_eq(get(&pair, 3), 2);
    cr_assert_eq(zsnmp_link_set_engine(link, id, len, 9, 1), ZSNMP_OK);
    cr_assert_eq(zsnmp_link_make_user(link), ZSNMP_OK);
    cr_assert_eq(get(&pair, 4), 2, "a guess ahead of the device");
    destroy(&pair);
}

static void check_report(zsnmp_auth_t auth, zsnmp_priv_t priv, struct zsnmp_creds *creds,
                         const char *auth_pass, zsnmp_err_t want)
{
    struct zsnmp_key auth_key = {.len = 0};
    struct zsnmp_key priv_key = {.len = 0};
    zsnmp_snmp_init();
    if (auth != ZSNMP_AUTH_NONE) {
        cr_assert_eq(zsnmp_key_derive(auth, auth_pass, strlen(auth_pass), &auth_key), ZSNMP_OK);
    }
    if (priv != ZSNMP_PRIV_NONE) {
        cr_assert_eq(zsnmp_key_derive(auth, "wrong pass phrase", 17, &priv_key), ZSNMP_OK);
    }
    struct pair pair = {sim_bed_new(2), snmp_bed_new(creds, &auth_key, &priv_key)};
    int request;
    discover(&pair);
    send_get(&pair, &request, 1);
    pair.bed->report_ends = true;
    cr_assert(exchange(&pair, &request));
    cr_assert_eq(pair.bed->reports, 2);
    cr_assert_eq(pair.bed->report, want, "%s", zsnmp_error_name(pair.bed->report));
    cr_assert_eq(pair.bed->answers, 0);
    cr_assert_neq(zsnmp_link_resend(pair.bed->link, &request, 1), ZSNMP_OK, "it is over");
    destroy(&pair);
}

Test(snmp_link_v3, what_the_device_reports)
{
    struct names names = {{0}, {0}, {0}};
    struct zsnmp_creds creds = make_creds(ZSNMP_AUTH_SHA, ZSNMP_PRIV_NONE, &names);
    check_report(ZSNMP_AUTH_SHA, ZSNMP_PRIV_NONE, &creds, "not the pass phrase",
                 ZSNMP_E_WRONG_DIGEST);
    creds.user = (struct zsnmp_str){"nobody", 6};
    check_report(ZSNMP_AUTH_SHA, ZSNMP_PRIV_NONE, &creds, "authpass-sha", ZSNMP_E_UNKNOWN_USER);
    creds = make_creds(ZSNMP_AUTH_SHA, ZSNMP_PRIV_AES128, &names);
    check_report(ZSNMP_AUTH_SHA, ZSNMP_PRIV_AES128, &creds, "authpass-sha",
                 ZSNMP_E_DECRYPTION_ERROR);
    creds = make_creds(ZSNMP_AUTH_SHA, ZSNMP_PRIV_NONE, &names);
    creds.user = (struct zsnmp_str){"noauth", 6};
    check_report(ZSNMP_AUTH_SHA, ZSNMP_PRIV_NONE, &creds, "authpass-sha",
                 ZSNMP_E_UNSUPPORTED_SECURITY_LEVEL);
}

/* Whoever saw the request can send a report without authentication: a hint, and the answer counts.
 */
Test(snmp_link_v3, a_forged_report_stays_a_hint)
{
    struct names names = {{0}, {0}, {0}};
    struct zsnmp_creds creds = make_creds(ZSNMP_AUTH_NONE, ZSNMP_PRIV_NONE, &names);
    struct pair pair = new_pair(ZSNMP_AUTH_SHA256, ZSNMP_PRIV_AES128);
    struct snmp_bed *bed = pair.bed;
    int request;
    discover(&pair);
    cr_assert_eq(get(&pair, 1), 1);
    send_get(&pair, &request, 2);
    cr_assert(sim_send_bytes(pair.sim, bed->data, bed->len));
    size_t len = pair.sim->reply_len;
    uint8_t *genuine = malloc(len);
    cr_assert_not_null(genuine);
    memcpy(genuine, pair.sim->out.head, len);
    /* The attacker's report: what the agent says to a stranger's user, with our msgID put in. */
    creds.user = (struct zsnmp_str){"mallory", 7};
    struct pair other = {sim_bed_new(2), snmp_bed_new(&creds, NULL, NULL)};
    int probe;
    discover(&other);
    send_get(&other, &probe, 2);
    cr_assert(sim_send_bytes(other.sim, other.bed->data, other.bed->len));
    uint8_t forged[1000];
    size_t forged_len = other.sim->reply_len;
    cr_assert_leq(forged_len, sizeof forged);
    memcpy(forged, other.sim->out.head, forged_len);
    uint8_t from[4];
    uint8_t to[4];
    for (int i = 0; i < 4; i++) {
        from[i] = (uint8_t)((uint32_t)other.bed->id >> (24 - 8 * i));
        to[i] = (uint8_t)((uint32_t)bed->id >> (24 - 8 * i));
    }
    uint8_t *at = memmem(forged, forged_len, from, 4);
    if (at != NULL && to[0] != 0 && from[0] != 0) { /* ids of four bytes: nearly always */
        memcpy(at, to, 4);
        int reports = bed->reports;
        snmp_bed_receive(bed, &request, forged, forged_len);
        cr_assert_leq(bed->reports, reports + 1);
        cr_assert_eq(bed->answers, 1);
    }
    cr_assert(snmp_bed_receive(bed, &request, genuine, len), "the request was still outstanding");
    cr_assert_eq(bed->answers, 2);
    cr_assert_eq(get(&pair, 3), 1, "and the clock was not touched");
    free(genuine);
    destroy(&other);
    destroy(&pair);
}

/* Damaged answers: authentication finds it, the request stays outstanding, and the true one counts.
 */
Test(snmp_link_v3, damaged_answers_never_count)
{
    struct pair pair = new_pair(ZSNMP_AUTH_SHA256, ZSNMP_PRIV_AES128);
    struct snmp_bed *bed = pair.bed;
    struct draw draw = {1};
    int request;
    discover(&pair);
    for (int32_t reqid = 1; reqid <= 300; reqid++) {
        uint8_t bytes[1000];
        send_get(&pair, &request, reqid);
        cr_assert(sim_send_bytes(pair.sim, bed->data, bed->len));
        size_t len = pair.sim->reply_len;
        cr_assert_leq(len, sizeof bytes);
        for (int i = 0; i < 20; i++) {
            memcpy(bytes, pair.sim->out.head, len);
            size_t at = draw_below(&draw, (uint32_t)len);
            bytes[at] ^= (uint8_t)(1u << draw_below(&draw, 8));
            snmp_bed_receive(bed, &request, bytes, i % 2 == 0 ? len : at);
            cr_assert_eq(bed->answers, reqid - 1, "byte %zu of %zu (seed 1)", at, len);
        }
        cr_assert(snmp_bed_receive(bed, &request, pair.sim->out.head, len));
        cr_assert_eq(bed->answers, reqid);
    }
    destroy(&pair);
}

Test(snmp_link_v3, an_engine_id_that_is_given_needs_no_probe)
{
    struct names names = {{0}, {0}, {0}};
    static const char engine[] = "\x80\x00\x1f\x88\x04gone";
    struct zsnmp_creds creds = make_creds(ZSNMP_AUTH_NONE, ZSNMP_PRIV_NONE, &names);
    creds.engine_id = (struct zsnmp_str){engine, sizeof engine - 1};
    struct snmp_bed *bed = snmp_bed_new(&creds, NULL, NULL);
    cr_assert(zsnmp_link_has_engine(bed->link));
    cr_assert_eq(zsnmp_link_make_user(bed->link), ZSNMP_OK);
    struct zsnmp_pdu pdu = {.op = ZSNMP_GET, .reqid = 1, .oid = sys_name, .oid_len = 9};
    cr_assert_eq(zsnmp_link_send(bed->link, bed, &pdu), ZSNMP_OK);
    cr_assert(holds(bed, engine, sizeof engine - 1));
    snmp_bed_destroy(&bed);
}
