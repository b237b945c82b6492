/*
 * See crypt.h. Keys on the stack are wiped by the callers that own them; nothing here keeps any.
 */
#include "sim/crypt.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#define BLOCK_MAX 128
#define EXPANDED 1048576 /* RFC 3414 section A.2 */
#define AES_BLOCK 16

struct auth_info {
    const char *name;
    const char *other[2];
    uint8_t digest;
    uint8_t block;
    uint8_t mac; /* RFC 3414, RFC 7860 */
};

static const struct auth_info auths[ZSNMP_SIM_AUTH_COUNT] = {
    [ZSNMP_SIM_AUTH_NONE] = {"none", {"", ""}, 0, 0, 0},
    [ZSNMP_SIM_MD5] = {"md5", {"MD5", ""}, 16, 64, 12},
    [ZSNMP_SIM_SHA1] = {"sha", {"SHA1", "SHA-1"}, 20, 64, 12},
    [ZSNMP_SIM_SHA224] = {"sha224", {"SHA-224", ""}, 28, 64, 16},
    [ZSNMP_SIM_SHA256] = {"sha256", {"SHA-256", ""}, 32, 64, 24},
    [ZSNMP_SIM_SHA384] = {"sha384", {"SHA-384", ""}, 48, 128, 32},
    [ZSNMP_SIM_SHA512] = {"sha512", {"SHA-512", ""}, 64, 128, 48},
};

struct priv_info {
    const char *name;
    const char *other[2];
    uint8_t key; /* with DES, the pre-IV too */
    bool reeder;
};

static const struct priv_info privs[ZSNMP_SIM_PRIV_COUNT] = {
    [ZSNMP_SIM_PRIV_NONE] = {"none", {"", ""}, 0, false},
    [ZSNMP_SIM_DES] = {"des", {"DES", ""}, 16, false},
    [ZSNMP_SIM_AES128] = {"aes128", {"AES", "AES-128"}, 16, false},
    [ZSNMP_SIM_AES192] = {"aes192", {"AES-192", ""}, 24, false},
    [ZSNMP_SIM_AES256] = {"aes256", {"AES-256", ""}, 32, false},
    [ZSNMP_SIM_AES192C] = {"aes192c", {"AES-192-C", ""}, 24, true},
    [ZSNMP_SIM_AES256C] = {"aes256c", {"AES-256-C", ""}, 32, true},
};

const char *zsnmp_sim_auth_name(enum zsnmp_sim_auth auth)
{
    return auths[auth].name;
}

const char *zsnmp_sim_priv_name(enum zsnmp_sim_priv priv)
{
    return privs[priv].name;
}

static bool is_named(const char *text, const char *name, const char *const other[2])
{
    return strcasecmp(text, name) == 0 || strcasecmp(text, other[0]) == 0 ||
           strcasecmp(text, other[1]) == 0;
}

enum zsnmp_sim_auth zsnmp_sim_auth_parse(const char *name)
{
    for (int i = ZSNMP_SIM_AUTH_NONE + 1; name[0] != '\0' && i < ZSNMP_SIM_AUTH_COUNT; i++) {
        if (is_named(name, auths[i].name, auths[i].other)) {
            return (enum zsnmp_sim_auth)i;
        }
    }
    return ZSNMP_SIM_AUTH_NONE;
}

enum zsnmp_sim_priv zsnmp_sim_priv_parse(const char *name)
{
    for (int i = ZSNMP_SIM_PRIV_NONE + 1; name[0] != '\0' && i < ZSNMP_SIM_PRIV_COUNT; i++) {
        if (is_named(name, privs[i].name, privs[i].other)) {
            return (enum zsnmp_sim_priv)i;
        }
    }
    return ZSNMP_SIM_PRIV_NONE;
}

size_t zsnmp_sim_digest_len(enum zsnmp_sim_auth auth)
{
    return auths[auth].digest;
}

size_t zsnmp_sim_mac_len(enum zsnmp_sim_auth auth)
{
    return auths[auth].mac;
}

static void hash_start(struct zsnmp_sim_hash *h, enum zsnmp_sim_auth auth)
{
    h->auth = auth;
    switch (auth) {
    case ZSNMP_SIM_MD5:
        (void)MD5_Init(&h->u.md5);
        break;
    case ZSNMP_SIM_SHA1:
        (void)SHA1_Init(&h->u.sha1);
        break;
    case ZSNMP_SIM_SHA224:
        (void)SHA224_Init(&h->u.sha256);
        break;
    case ZSNMP_SIM_SHA256:
        (void)SHA256_Init(&h->u.sha256);
        break;
    case ZSNMP_SIM_SHA384:
        (void)SHA384_Init(&h->u.sha512);
        break;
    default:
        (void)SHA512_Init(&h->u.sha512);
        break;
    }
}

static void hash_add(struct zsnmp_sim_hash *h, const void *data, size_t len)
{
    switch (h->auth) {
    case ZSNMP_SIM_MD5:
        (void)MD5_Update(&h->u.md5, data, len);
        break;
    case ZSNMP_SIM_SHA1:
        (void)SHA1_Update(&h->u.sha1, data, len);
        break;
    case ZSNMP_SIM_SHA224:
    case ZSNMP_SIM_SHA256:
        (void)SHA256_Update(&h->u.sha256, data, len);
        break;
    default:
        (void)SHA512_Update(&h->u.sha512, data, len);
        break;
    }
}

static void hash_end(struct zsnmp_sim_hash *h, uint8_t digest[ZSNMP_SIM_DIGEST_MAX])
{
    switch (h->auth) {
    case ZSNMP_SIM_MD5:
        (void)MD5_Final(digest, &h->u.md5);
        break;
    case ZSNMP_SIM_SHA1:
        (void)SHA1_Final(digest, &h->u.sha1);
        break;
    case ZSNMP_SIM_SHA224:
        (void)SHA224_Final(digest, &h->u.sha256);
        break;
    case ZSNMP_SIM_SHA256:
        (void)SHA256_Final(digest, &h->u.sha256);
        break;
    case ZSNMP_SIM_SHA384:
        (void)SHA384_Final(digest, &h->u.sha512);
        break;
    default:
        (void)SHA512_Final(digest, &h->u.sha512);
        break;
    }
}

void zsnmp_sim_password_to_key(enum zsnmp_sim_auth auth, const uint8_t *pass, size_t len,
                               uint8_t key[ZSNMP_SIM_DIGEST_MAX])
{
    struct zsnmp_sim_hash h;
    hash_start(&h, auth);
    for (size_t done = 0; len > 0 && done < EXPANDED; done += len) {
        hash_add(&h, pass, EXPANDED - done < len ? EXPANDED - done : len);
    }
    hash_end(&h, key);
}

void zsnmp_sim_localize(enum zsnmp_sim_auth auth, const uint8_t *key, const uint8_t *engine_id,
                        size_t engine_id_len, uint8_t localized[ZSNMP_SIM_DIGEST_MAX])
{
    struct zsnmp_sim_hash h;
    hash_start(&h, auth);
    hash_add(&h, key, auths[auth].digest);
    hash_add(&h, engine_id, engine_id_len);
    hash_add(&h, key, auths[auth].digest);
    hash_end(&h, localized);
}

/* draft-blumenthal-aes-usm-04 section 3.1.2.1: append the hash of all there is. */
static size_t extend_blumenthal(enum zsnmp_sim_auth auth, uint8_t *key, size_t len)
{
    struct zsnmp_sim_hash h;
    hash_start(&h, auth);
    hash_add(&h, key, len);
    hash_end(&h, key + len);
    return len + auths[auth].digest;
}

/* draft-reeder-snmpv3-usm-3desede-00 section 2.1: the key so far is the next pass phrase. */
static size_t extend_reeder(enum zsnmp_sim_auth auth, uint8_t *key, size_t len,
                            const uint8_t *engine_id, size_t engine_id_len)
{
    uint8_t next[ZSNMP_SIM_DIGEST_MAX];
    zsnmp_sim_password_to_key(auth, key, len, next);
    zsnmp_sim_localize(auth, next, engine_id, engine_id_len, key + len);
    OPENSSL_cleanse(next, sizeof next);
    return len + auths[auth].digest;
}

void zsnmp_sim_priv_key(enum zsnmp_sim_auth auth, enum zsnmp_sim_priv priv, const uint8_t *key,
                        const uint8_t *engine_id, size_t engine_id_len,
                        uint8_t to[ZSNMP_SIM_PRIV_KEY_MAX])
{
    uint8_t all[ZSNMP_SIM_PRIV_KEY_MAX + ZSNMP_SIM_DIGEST_MAX];
    zsnmp_sim_localize(auth, key, engine_id, engine_id_len, all);
    size_t len = auths[auth].digest;
    while (len < privs[priv].key) {
        len = privs[priv].reeder ? extend_reeder(auth, all, len, engine_id, engine_id_len)
                                 : extend_blumenthal(auth, all, len);
    }
    memcpy(to, all, ZSNMP_SIM_PRIV_KEY_MAX);
    OPENSSL_cleanse(all, sizeof all);
}

static void start_pad(struct zsnmp_sim_hash *h, enum zsnmp_sim_auth auth, const uint8_t *key,
                      uint8_t pad)
{
    uint8_t block[BLOCK_MAX];
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < auths[auth].digest; i++) {
        block[i] ^= key[i];
    }
    hash_start(h, auth);
    hash_add(h, block, auths[auth].block);
    OPENSSL_cleanse(block, sizeof block);
}

void zsnmp_sim_hmac_key(struct zsnmp_sim_hmac *hmac, enum zsnmp_sim_auth auth, const uint8_t *key)
{
    start_pad(&hmac->inner, auth, key, 0x36);
    start_pad(&hmac->outer, auth, key, 0x5c);
}

void zsnmp_sim_hmac_message(const struct zsnmp_sim_hmac *hmac, const uint8_t *message, size_t len,
                            size_t mac_at, uint8_t mac[ZSNMP_SIM_DIGEST_MAX])
{
    static const uint8_t zeros[ZSNMP_SIM_MAC_MAX];
    const struct auth_info *info = &auths[hmac->inner.auth];
    struct zsnmp_sim_hash h = hmac->inner;
    hash_add(&h, message, mac_at);
    hash_add(&h, zeros, info->mac);
    hash_add(&h, message + mac_at + info->mac, len - mac_at - info->mac);
    hash_end(&h, mac);
    h = hmac->outer;
    hash_add(&h, mac, info->digest);
    hash_end(&h, mac);
}

bool zsnmp_sim_cipher_key(struct zsnmp_sim_cipher *cipher, enum zsnmp_sim_priv priv,
                          const uint8_t *key)
{
    cipher->priv = priv;
    if (priv != ZSNMP_SIM_DES) {
        return AES_set_encrypt_key(key, privs[priv].key * 8, &cipher->u.aes) == 0;
    }
    DES_cblock des = {0};
    memcpy(des, key, sizeof des);
    DES_set_key_unchecked(&des, &cipher->u.des.schedule);
    memcpy(cipher->u.des.pre_iv, key + 8, 8);
    OPENSSL_cleanse(des, sizeof des);
    return true;
}

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* RFC 3826 section 3.1.2.1 for AES, RFC 3414 section 8.1.1.1 for DES. */
static void run(const struct zsnmp_sim_cipher *cipher, int32_t boots, int32_t time,
                const uint8_t salt[ZSNMP_SIM_SALT], const uint8_t *from, size_t len, uint8_t *to,
                int encrypt)
{
    if (cipher->priv == ZSNMP_SIM_DES) {
        DES_cblock iv;
        for (size_t i = 0; i < sizeof iv; i++) {
            iv[i] = cipher->u.des.pre_iv[i] ^ salt[i];
        }
        DES_key_schedule schedule = cipher->u.des.schedule; /* the call wants it changeable */
        DES_ncbc_encrypt(from, to, (long)len, &schedule, &iv, encrypt);
        return;
    }
    uint8_t iv[AES_BLOCK];
    put_u32(iv, (uint32_t)boots);
    put_u32(iv + 4, (uint32_t)time);
    memcpy(iv + 8, salt, ZSNMP_SIM_SALT);
    int used = 0;
    AES_cfb128_encrypt(from, to, len, &cipher->u.aes, iv, &used, encrypt);
}

void zsnmp_sim_cipher_encrypt(const struct zsnmp_sim_cipher *cipher, int32_t boots, int32_t time,
                              const uint8_t salt[ZSNMP_SIM_SALT], const uint8_t *from, size_t len,
                              uint8_t *to)
{
    run(cipher, boots, time, salt, from, len, to, 1);
}

void zsnmp_sim_cipher_decrypt(const struct zsnmp_sim_cipher *cipher, int32_t boots, int32_t time,
                              const uint8_t salt[ZSNMP_SIM_SALT], const uint8_t *from, size_t len,
                              uint8_t *to)
{
    run(cipher, boots, time, salt, from, len, to, 0);
}
