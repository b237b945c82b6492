/*
 * SNMPv3: keys against the vectors of the RFCs and against libcrypto's own HMAC, users, and the
 * engine's answers to messages built and authenticated here.
 */
#include "sim/options.h"
#include "sim_help.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

#define NAME_OF_AGENT "1.3.6.1.2.1.1.5.0"

static const uint8_t rfc_engine[12] = {[11] = 2};

Test(sim_usm, keys_of_rfc_3414_appendix_a)
{
    static const uint8_t md5_ku[] = {0x9f, 0xaf, 0x32, 0x83, 0x88, 0x4e, 0x92, 0x83,
                                     0x4e, 0xbc, 0x98, 0x47, 0xd8, 0xed, 0xd9, 0x63};
    static const uint8_t md5_kul[] = {0x52, 0x6f, 0x5e, 0xed, 0x9f, 0xcc, 0xe2, 0x6f,
                                      0x89, 0x64, 0xc2, 0x93, 0x07, 0x87, 0xd8, 0x2b};
    static const uint8_t sha_ku[] = {0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b, 0x37, 0x93, 0x52,
                                     0x89, 0x39, 0xff, 0x78, 0x8d, 0x5d, 0x79, 0x14, 0x52, 0x11};
    static const uint8_t sha_kul[] = {0x66, 0x95, 0xfe, 0xbc, 0x92, 0x88, 0xe3, 0x62, 0x82, 0x23,
                                      0x5f, 0xc7, 0x15, 0x1f, 0x12, 0x84, 0x97, 0xb3, 0x8f, 0x3f};
    uint8_t ku[ZSNMP_SIM_DIGEST_MAX];
    uint8_t kul[ZSNMP_SIM_DIGEST_MAX];
    zsnmp_sim_password_to_key(ZSNMP_SIM_MD5, (const uint8_t *)"maplesyrup", 10, ku);
    cr_assert_arr_eq(ku, md5_ku, sizeof md5_ku);
    zsnmp_sim_localize(ZSNMP_SIM_MD5, ku, rfc_engine, sizeof rfc_engine, kul);
    cr_assert_arr_eq(kul, md5_kul, sizeof md5_kul);
    zsnmp_sim_password_to_key(ZSNMP_SIM_SHA1, (const uint8_t *)"maplesyrup", 10, ku);
    cr_assert_arr_eq(ku, sha_ku, sizeof sha_ku);
    zsnmp_sim_localize(ZSNMP_SIM_SHA1, ku, rfc_engine, sizeof rfc_engine, kul);
    cr_assert_arr_eq(kul, sha_kul, sizeof sha_kul);
}

/* The vector of draft-reeder-snmpv3-usm-3desede-00 section B.1: 32 octets from MD5. */
Test(sim_usm, reeder_extension)
{
    static const uint8_t want[] = {0x52, 0x6f, 0x5e, 0xed, 0x9f, 0xcc, 0xe2, 0x6f, 0x89, 0x64, 0xc2,
                                   0x93, 0x07, 0x87, 0xd8, 0x2b, 0x79, 0xef, 0xf4, 0x4a, 0x90, 0x65,
                                   0x0e, 0xe0, 0xa3, 0xa4, 0x0a, 0xbf, 0xac, 0x5a, 0xcc, 0x12};
    uint8_t ku[ZSNMP_SIM_DIGEST_MAX];
    uint8_t key[ZSNMP_SIM_PRIV_KEY_MAX];
    zsnmp_sim_password_to_key(ZSNMP_SIM_MD5, (const uint8_t *)"maplesyrup", 10, ku);
    zsnmp_sim_priv_key(ZSNMP_SIM_MD5, ZSNMP_SIM_AES256C, ku, rfc_engine, sizeof rfc_engine, key);
    cr_assert_arr_eq(key, want, sizeof want);
}

Test(sim_usm, blumenthal_extension_is_the_hash_of_the_key)
{
    uint8_t ku[ZSNMP_SIM_DIGEST_MAX] = {1, 2, 3};
    uint8_t kul[ZSNMP_SIM_DIGEST_MAX];
    uint8_t more[EVP_MAX_MD_SIZE];
    uint8_t key[ZSNMP_SIM_PRIV_KEY_MAX];
    zsnmp_sim_localize(ZSNMP_SIM_SHA1, ku, rfc_engine, sizeof rfc_engine, kul);
    cr_assert_eq(EVP_Digest(kul, 20, more, NULL, EVP_sha1(), NULL), 1);
    zsnmp_sim_priv_key(ZSNMP_SIM_SHA1, ZSNMP_SIM_AES256, ku, rfc_engine, sizeof rfc_engine, key);
    cr_assert_arr_eq(key, kul, 20);
    cr_assert_arr_eq(key + 20, more, 12);
}

Test(sim_usm, hmac_agrees_with_libcrypto)
{
    const EVP_MD *const md[] = {NULL,         EVP_md5(),    EVP_sha1(),  EVP_sha224(),
                                EVP_sha256(), EVP_sha384(), EVP_sha512()};
    uint8_t key[ZSNMP_SIM_DIGEST_MAX];
    uint8_t message[300];
    for (int i = 0; i < ZSNMP_SIM_DIGEST_MAX; i++) {
        key[i] = (uint8_t)(i * 7);
    }
    for (int a = ZSNMP_SIM_MD5; a < ZSNMP_SIM_AUTH_COUNT; a++) {
        enum zsnmp_sim_auth auth = (enum zsnmp_sim_auth)a;
        uint8_t want[EVP_MAX_MD_SIZE];
        uint8_t got[ZSNMP_SIM_DIGEST_MAX];
        struct zsnmp_sim_hmac hmac;
        memset(message, 0x5a, sizeof message);
        memset(message + 100, 0, zsnmp_sim_mac_len(auth));
        cr_assert_not_null(
            HMAC(md[a], key, (int)zsnmp_sim_digest_len(auth), message, sizeof message, want, NULL));
        memset(message + 100, 0xee, zsnmp_sim_mac_len(auth)); /* counts as zero */
        zsnmp_sim_hmac_key(&hmac, auth, key);
        zsnmp_sim_hmac_message(&hmac, message, sizeof message, 100, got);
        cr_assert_arr_eq(got, want, zsnmp_sim_digest_len(auth), "%s", zsnmp_sim_auth_name(auth));
    }
}

Test(sim_usm, ciphers_go_there_and_back)
{
    static const uint8_t salt[ZSNMP_SIM_SALT] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t key[ZSNMP_SIM_PRIV_KEY_MAX] = {9, 8, 7};
    uint8_t plain[64];
    for (int p = ZSNMP_SIM_DES; p < ZSNMP_SIM_PRIV_COUNT; p++) {
        struct zsnmp_sim_cipher cipher;
        uint8_t data[64];
        memset(plain, 0x41, sizeof plain);
        cr_assert(zsnmp_sim_cipher_key(&cipher, (enum zsnmp_sim_priv)p, key));
        zsnmp_sim_cipher_encrypt(&cipher, 1, 2, salt, plain, sizeof plain, data);
        cr_assert(memcmp(data, plain, sizeof plain) != 0);
        zsnmp_sim_cipher_decrypt(&cipher, 1, 2, salt, data, sizeof data, data);
        cr_assert_arr_eq(data, plain, sizeof plain);
    }
}

Test(sim_usm, users_by_specification)
{
    struct zsnmp_sim_usm *usm = zsnmp_sim_usm_new();
    cr_assert_not_null(usm);
    cr_assert(zsnmp_sim_usm_add_spec(usm, "a:noAuthNoPriv"));
    cr_assert(zsnmp_sim_usm_add_spec(usm, "b:authNoPriv:SHA-256:longenough"));
    cr_assert(zsnmp_sim_usm_add_spec(usm, "c:authPriv:md5:longenough:AES-256-C:with:colon"));
    static const char *const bad[] = {
        "",
        "x",
        "x:level",
        ":noAuthNoPriv",
        "x:authNoPriv",
        "x:authNoPriv:SHA-257:longenough",
        "x:authNoPriv:SHA:short",
        "x:authPriv:SHA:longenough",
        "x:authPriv:SHA:longenough:AES-257:longenough",
        "x:authPriv:SHA:longenough:AES:short",
        "name-that-is-longer-than-32-letters:noAuthNoPriv",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(zsnmp_sim_usm_add_spec(usm, bad[i]), "%s", bad[i]);
    }
    const struct zsnmp_sim_user *c = zsnmp_sim_usm_find(usm, (const uint8_t *)"c", 1);
    cr_assert_not_null(c);
    cr_assert_eq(c->priv, ZSNMP_SIM_AES256C);
    cr_assert_null(zsnmp_sim_usm_find(usm, (const uint8_t *)"x", 1));
    zsnmp_sim_usm_destroy(&usm);
}

Test(sim_usm, builtin_users_cover_every_pair)
{
    struct zsnmp_sim_usm *usm = zsnmp_sim_usm_new();
    cr_assert_not_null(usm);
    cr_assert(zsnmp_sim_usm_add_builtin(usm));
    cr_assert_not_null(zsnmp_sim_usm_find(usm, (const uint8_t *)"noauth", 6));
    cr_assert_not_null(zsnmp_sim_usm_find(usm, (const uint8_t *)"sha384", 6));
    const char *name = "sha512-aes192c";
    const struct zsnmp_sim_user *u = zsnmp_sim_usm_find(usm, (const uint8_t *)name, strlen(name));
    cr_assert_not_null(u);
    cr_assert_eq(u->auth, ZSNMP_SIM_SHA512);
    cr_assert_eq(u->priv, ZSNMP_SIM_AES192C);
    zsnmp_sim_usm_forget_builtin(usm);
    cr_assert_null(zsnmp_sim_usm_find(usm, (const uint8_t *)"noauth", 6));
    zsnmp_sim_usm_destroy(&usm);
}

/* A message of version 3, by hand. */
struct ask {
    const char *user;
    uint8_t flags;
    const uint8_t *engine_id;
    size_t engine_id_len;
    int32_t boots;
    int32_t time;
    const char *context;
    int32_t max_size;
    uint8_t spoil; /* added to the first byte of the MAC */
};

static struct sim_bed *bed;
static uint8_t own_id[ZSNMP_SIM_ENGINE_ID_MAX];
static size_t own_id_len;

static void setup(void)
{
    bed = sim_bed_new(4);
    cr_assert(zsnmp_sim_world_add_context(bed->world, "blue"));
    own_id_len = zsnmp_sim_engine_id(SIM_KEY, own_id);
}

static void teardown(void)
{
    sim_bed_destroy(&bed);
}

TestSuite(sim_v3, .init = setup, .fini = teardown);

static int32_t engine_time(void)
{
    struct zsnmp_sim_device device = {.key = SIM_KEY, .hash = zsnmp_sim_mix(SIM_KEY)};
    struct zsnmp_sim_now now = {.uptime_cs = bed->agent->uptime_cs, .context = ""};
    return zsnmp_sim_device_engine_time(&device, &now);
}

static struct ask plain_ask(const char *user, uint8_t flags)
{
    return (struct ask){.user = user,
                        .flags = flags,
                        .engine_id = own_id,
                        .engine_id_len = own_id_len,
                        .boots = 1,
                        .time = engine_time(),
                        .context = "",
                        .max_size = 65507};
}

static void put_text(struct zsnmp_sim_out *r, const char *text)
{
    zsnmp_sim_out_bytes(r, ZSNMP_SIM_STRING, (const uint8_t *)text, strlen(text));
}

/* Sends what sim_add has put into the request. */
static bool send_v3(const struct ask *a, uint8_t type, int32_t x, int32_t y)
{
    static const uint8_t zeros[ZSNMP_SIM_MAC_MAX];
    const struct zsnmp_sim_user *user =
        zsnmp_sim_usm_find(bed->world->usm, (const uint8_t *)a->user, strlen(a->user));
    size_t mac_len = (a->flags & 1) && user != NULL ? zsnmp_sim_mac_len(user->auth) : 0;
    struct zsnmp_sim_out *r = &bed->request;
    zsnmp_sim_pdu_close(r, type, 77, (struct zsnmp_sim_outcome){(enum zsnmp_sim_status)x, y});
    put_text(r, a->context);
    zsnmp_sim_out_bytes(r, ZSNMP_SIM_STRING, own_id, own_id_len);
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_SEQUENCE, r->tail);
    const uint8_t *end = r->head;
    put_text(r, "");
    zsnmp_sim_out_bytes(r, ZSNMP_SIM_STRING, zeros, mac_len);
    size_t mac_from_tail = (size_t)(r->tail - r->head) - 2;
    put_text(r, a->user);
    zsnmp_sim_out_int(r, a->time);
    zsnmp_sim_out_int(r, a->boots);
    zsnmp_sim_out_bytes(r, ZSNMP_SIM_STRING, a->engine_id, a->engine_id_len);
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_SEQUENCE, end);
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_STRING, end);
    end = r->head;
    zsnmp_sim_out_int(r, 3);
    zsnmp_sim_out_bytes(r, ZSNMP_SIM_STRING, &a->flags, 1);
    zsnmp_sim_out_int(r, a->max_size);
    zsnmp_sim_out_int(r, 4711);
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_SEQUENCE, end);
    zsnmp_sim_out_int(r, 3);
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_SEQUENCE, r->tail);
    size_t len = (size_t)(r->tail - r->head);
    if (mac_len > 0) {
        bool fresh;
        uint8_t mac[ZSNMP_SIM_DIGEST_MAX];
        const struct zsnmp_sim_key *key =
            zsnmp_sim_keys_get(bed->agent->keys, user, own_id, own_id_len, &fresh);
        zsnmp_sim_hmac_message(&key->hmac, r->head, len, len - mac_from_tail, mac);
        memcpy(r->tail - mac_from_tail, mac, mac_len);
        r->tail[-(ptrdiff_t)mac_from_tail] += a->spoil;
    }
    return sim_send_raw(bed, r->head, len);
}

struct answer {
    int32_t version;
    int32_t id;
    int32_t max_size;
    uint8_t flags;
    int32_t boots;
    int32_t time;
    struct zsnmp_sim_span engine_id;
    struct zsnmp_sim_span mac;
    struct zsnmp_sim_pdu pdu;
    struct zsnmp_sim_varbind first;
};

/* Takes apart a reply that is not encrypted, and may be a disordered one. */
static struct answer take_any(void)
{
    struct answer a = {.flags = 0};
    struct zsnmp_sim_span all = {bed->out.head, bed->out.tail};
    struct zsnmp_sim_span body, global, flags, security, usm, skip, scoped;
    cr_assert(zsnmp_sim_ber_enter(&all, ZSNMP_SIM_SEQUENCE, &body));
    cr_assert(zsnmp_sim_ber_int(&body, &a.version));
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_SEQUENCE, &global));
    cr_assert(zsnmp_sim_ber_int(&global, &a.id));
    cr_assert(zsnmp_sim_ber_int(&global, &a.max_size));
    cr_assert(zsnmp_sim_ber_enter(&global, ZSNMP_SIM_STRING, &flags));
    a.flags = *flags.at;
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_STRING, &security));
    cr_assert(zsnmp_sim_ber_enter(&security, ZSNMP_SIM_SEQUENCE, &usm));
    cr_assert(zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &a.engine_id));
    cr_assert(zsnmp_sim_ber_int(&usm, &a.boots));
    cr_assert(zsnmp_sim_ber_int(&usm, &a.time));
    cr_assert(zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &skip));
    cr_assert(zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &a.mac));
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_SEQUENCE, &scoped));
    cr_assert(zsnmp_sim_ber_enter(&scoped, ZSNMP_SIM_STRING, &skip));
    cr_assert(zsnmp_sim_ber_enter(&scoped, ZSNMP_SIM_STRING, &skip));
    cr_assert(zsnmp_sim_pdu_parse(&scoped, &a.pdu));
    struct zsnmp_sim_span list = a.pdu.varbinds;
    if (list.at < list.end) {
        cr_assert(zsnmp_sim_varbind_next(&list, &a.first));
    }
    return a;
}

static struct answer take(void)
{
    struct answer a = take_any();
    cr_assert_eq(a.version, 3);
    cr_assert_eq(a.id, 4711, "msgID comes back");
    cr_assert_eq(a.max_size, (int32_t)bed->world->message_max);
    return a;
}

static void expect_report(const struct ask *ask, const char *oid, uint8_t flags)
{
    sim_begin(bed);
    sim_add(bed, NAME_OF_AGENT);
    cr_assert(send_v3(ask, ZSNMP_SIM_PDU_GET, 0, 0));
    struct answer a = take();
    cr_assert_eq(a.pdu.type, ZSNMP_SIM_PDU_REPORT);
    cr_assert_eq(a.flags, flags);
    cr_assert_eq(a.pdu.request_id, 77);
    cr_assert(sim_named(&a.first, oid));
    cr_assert_eq(a.first.tag, ZSNMP_SIM_COUNTER32);
    cr_assert_eq(sim_number(&a.first), 1);
    cr_assert_eq(zsnmp_sim_span_len(&a.engine_id), own_id_len);
    cr_assert_arr_eq(a.engine_id.at, own_id, own_id_len);
    cr_assert_eq(a.boots, 1);
}

Test(sim_v3, discovery)
{
    struct ask a = plain_ask("", 4);
    a.engine_id_len = 0;
    a.boots = a.time = 0;
    expect_report(&a, "1.3.6.1.6.3.15.1.1.4.0", 0);
}

Test(sim_v3, another_engine_id)
{
    struct ask a = plain_ask("noauth", 4);
    a.engine_id = rfc_engine;
    a.engine_id_len = sizeof rfc_engine;
    expect_report(&a, "1.3.6.1.6.3.15.1.1.4.0", 0);
}

Test(sim_v3, unknown_user)
{
    struct ask a = plain_ask("nobody", 4);
    expect_report(&a, "1.3.6.1.6.3.15.1.1.3.0", 0);
}

Test(sim_v3, unsupported_level)
{
    struct ask a = plain_ask("noauth", 5);
    expect_report(&a, "1.3.6.1.6.3.15.1.1.1.0", 0);
}

Test(sim_v3, wrong_digest)
{
    struct ask a = plain_ask("sha256", 5);
    a.spoil = 1;
    expect_report(&a, "1.3.6.1.6.3.15.1.1.5.0", 0);
}

Test(sim_v3, time_window)
{
    struct ask a = plain_ask("sha256", 5);
    a.time = engine_time() + 151;
    expect_report(&a, "1.3.6.1.6.3.15.1.1.2.0", 1);
}

Test(sim_v3, other_boots)
{
    struct ask a = plain_ask("md5", 5);
    a.boots = 2;
    expect_report(&a, "1.3.6.1.6.3.15.1.1.2.0", 1);
}

Test(sim_v3, edges_of_the_time_window_are_inside)
{
    for (int apart = -150; apart <= 150; apart += 300) {
        bed->agent->uptime_cs = 100000;
        struct ask a = plain_ask("sha512", 5);
        a.time += apart;
        sim_begin(bed);
        sim_add(bed, NAME_OF_AGENT);
        cr_assert(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
        struct answer answer = take();
        cr_assert_eq(answer.pdu.type, ZSNMP_SIM_PDU_RESPONSE);
        cr_assert(sim_is_text(&answer.first, "sim-127-1-2-3"));
        cr_assert_eq(answer.flags, 1);
    }
}

Test(sim_v3, unknown_context)
{
    struct ask a = plain_ask("sha", 5);
    a.context = "green";
    expect_report(&a, "1.3.6.1.6.3.12.1.5.0", 1);
}

Test(sim_v3, known_context)
{
    struct ask a = plain_ask("noauth", 4);
    a.context = "blue";
    sim_begin(bed);
    sim_add(bed, "1.3.6.1.2.1.1.1.0");
    cr_assert(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
    struct answer answer = take();
    cr_assert(sim_is_text(&answer.first, "zsnmp simulated agent 127.1.2.3, context blue"));
}

Test(sim_v3, what_may_not_be_reported_is_silent)
{
    struct ask a = plain_ask("nobody", 0);
    sim_begin(bed);
    sim_add(bed, NAME_OF_AGENT);
    cr_assert_not(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
}

Test(sim_v3, privacy_without_authentication_is_no_message)
{
    struct ask a = plain_ask("noauth", 6);
    sim_begin(bed);
    sim_add(bed, NAME_OF_AGENT);
    cr_assert_not(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
}

Test(sim_v3, less_security_than_the_user_has_is_refused)
{
    struct ask a = plain_ask("sha256", 4);
    sim_begin(bed);
    sim_add(bed, NAME_OF_AGENT);
    cr_assert(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
    struct answer answer = take();
    cr_assert_eq(answer.pdu.error_status, ZSNMP_SIM_AUTHORIZATION_ERROR);
}

Test(sim_v3, the_sender_limits_the_size)
{
    for (int32_t size = 484; size < 1400; size += 100) {
        struct ask a = plain_ask("sha512", 5);
        a.max_size = size;
        sim_begin(bed);
        sim_add(bed, "1.3.6.1.2.1.2");
        cr_assert(send_v3(&a, ZSNMP_SIM_PDU_GETBULK, 0, 200));
        size_t len = (size_t)(bed->out.tail - bed->out.head);
        cr_assert(len <= (size_t)size && len + 160 > (size_t)size, "%zu of %d", len, size);
    }
    struct ask a = plain_ask("sha512", 5);
    a.max_size = 483;
    sim_begin(bed);
    cr_assert_not(send_v3(&a, ZSNMP_SIM_PDU_GETBULK, 0, 200), "RFC 3412: at least 484");
}

/* ---- disorders inside of messages that are authentic ---- */

/* The reply to a GET by a user with authentication; its MAC is checked. */
static struct answer disordered(const char *rule)
{
    struct ask a = plain_ask("sha256", 5);
    bool fresh;
    uint8_t want[ZSNMP_SIM_DIGEST_MAX];
    const struct zsnmp_sim_user *user =
        zsnmp_sim_usm_find(bed->world->usm, (const uint8_t *)"sha256", 6);
    sim_rule(bed, rule);
    sim_begin(bed);
    sim_add(bed, NAME_OF_AGENT);
    sim_add(bed, NAME_OF_AGENT);
    cr_assert(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
    struct answer answer = take_any();
    size_t len = (size_t)(bed->out.tail - bed->out.head);
    size_t mac_at = (size_t)(answer.mac.at - bed->out.head);
    const struct zsnmp_sim_key *key =
        zsnmp_sim_keys_get(bed->agent->keys, user, own_id, own_id_len, &fresh);
    zsnmp_sim_hmac_message(&key->hmac, bed->out.head, len, mac_at, want);
    cr_assert_arr_eq(answer.mac.at, want, zsnmp_sim_mac_len(user->auth));
    return answer;
}

Test(sim_v3, disorders_are_authentic)
{
    struct answer a = disordered("wrong-id=1");
    cr_assert(a.id != 4711 && a.id > 0 && a.pdu.request_id == 77);
    a = disordered("wrong-request-id=1");
    cr_assert(a.id == 4711 && a.pdu.request_id != 77);
    a = disordered("wrong-version=1");
    cr_assert(a.version == 1 && a.id == 4711);
    a = disordered("error=genErr:2");
    cr_assert(a.pdu.error_status == ZSNMP_SIM_GEN_ERR && a.pdu.error_index == 2);
    a = disordered("error=off empty=1");
    cr_assert(zsnmp_sim_span_len(&a.pdu.varbinds) == 0 && a.pdu.error_status == 0);
    a = disordered("max-size=600 wrong-name");
    cr_assert_eq(a.max_size, 600);
    cr_assert(sim_named(&a.first, "1.3.6.1.2.1.1.5.1"));
    a = disordered("clear");
    cr_assert(a.max_size == (int32_t)bed->world->message_max && a.id == 4711);
}

Test(sim_v3, longest_values_are_encrypted_in_the_buffer)
{
    static const char *const users[] = {"sha512-des", "sha512-aes256c", "sha"};
    sim_rule(bed, "long-value=64000");
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        struct ask a = plain_ask(users[i], 5);
        sim_begin(bed);
        sim_add(bed, NAME_OF_AGENT);
        (void)send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0);
        cr_assert(bed->answered && bed->out.tail - bed->out.head <= ZSNMP_SIM_MESSAGE_MAX);
    }
}

Test(sim_v3, discoveries_are_spoiled_unless_only_some_requests_are)
{
    struct ask a = plain_ask("", 4);
    a.engine_id_len = 0;
    a.boots = a.time = 0;
    for (int only = 0; only < 2; only++) {
        sim_rule(bed, only ? "wrong-id only=get" : "wrong-id");
        sim_begin(bed);
        sim_add(bed, NAME_OF_AGENT);
        cr_assert(send_v3(&a, ZSNMP_SIM_PDU_GET, 0, 0));
        cr_assert_eq(take_any().id == 4711, only == 1);
    }
}
