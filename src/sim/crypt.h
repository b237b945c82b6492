/*
 * Hashes, HMAC and ciphers of USM over libcrypto's plain functions: their state is a struct, so
 * that nothing is allocated or fetched for a message, and DES needs no provider.
 */
#ifndef ZSNMP_SIM_CRYPT_H
#define ZSNMP_SIM_CRYPT_H

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/aes.h>
#include <openssl/des.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zsnmp_sim_auth {
    ZSNMP_SIM_AUTH_NONE,
    ZSNMP_SIM_MD5,
    ZSNMP_SIM_SHA1,
    ZSNMP_SIM_SHA224,
    ZSNMP_SIM_SHA256,
    ZSNMP_SIM_SHA384,
    ZSNMP_SIM_SHA512,
    ZSNMP_SIM_AUTH_COUNT,
};

enum zsnmp_sim_priv {
    ZSNMP_SIM_PRIV_NONE,
    ZSNMP_SIM_DES,
    ZSNMP_SIM_AES128,
    ZSNMP_SIM_AES192, /* key extension of draft-blumenthal-aes-usm-04 */
    ZSNMP_SIM_AES256,
    ZSNMP_SIM_AES192C, /* key extension of draft-reeder-snmpv3-usm-3desede-00 */
    ZSNMP_SIM_AES256C,
    ZSNMP_SIM_PRIV_COUNT,
};

#define ZSNMP_SIM_DIGEST_MAX 64
#define ZSNMP_SIM_MAC_MAX 48 /* RFC 7860: 384 bits of HMAC-SHA-512 */
#define ZSNMP_SIM_PRIV_KEY_MAX 32
#define ZSNMP_SIM_SALT 8

struct zsnmp_sim_hash {
    enum zsnmp_sim_auth auth;
    union {
        MD5_CTX md5;
        SHA_CTX sha1;
        SHA256_CTX sha256;
        SHA512_CTX sha512;
    } u;
};

/* States of the hash after the inner and the outer pad of a key (RFC 2104). */
struct zsnmp_sim_hmac {
    struct zsnmp_sim_hash inner;
    struct zsnmp_sim_hash outer;
};

struct zsnmp_sim_cipher {
    enum zsnmp_sim_priv priv;
    union {
        AES_KEY aes;
        struct {
            DES_key_schedule schedule;
            uint8_t pre_iv[8];
        } des;
    } u;
};

/* Lower-case names: "sha256", "aes192c". */
const char *zsnmp_sim_auth_name(enum zsnmp_sim_auth auth);
const char *zsnmp_sim_priv_name(enum zsnmp_sim_priv priv);
/* These and the names that net-snmp's tools take ("SHA-256", "AES-192-C"); NONE if unknown. */
enum zsnmp_sim_auth zsnmp_sim_auth_parse(const char *name);
enum zsnmp_sim_priv zsnmp_sim_priv_parse(const char *name);

size_t zsnmp_sim_digest_len(enum zsnmp_sim_auth auth);
/* Length of msgAuthenticationParameters. */
size_t zsnmp_sim_mac_len(enum zsnmp_sim_auth auth);

/* RFC 3414 section 2.6: a megabyte of the pass phrase, hashed. Milliseconds. */
void zsnmp_sim_password_to_key(enum zsnmp_sim_auth auth, const uint8_t *pass, size_t len,
                               uint8_t key[ZSNMP_SIM_DIGEST_MAX]);
void zsnmp_sim_localize(enum zsnmp_sim_auth auth, const uint8_t *key, const uint8_t *engine_id,
                        size_t engine_id_len, uint8_t localized[ZSNMP_SIM_DIGEST_MAX]);
/* The localised key, as long as the cipher needs it. */
void zsnmp_sim_priv_key(enum zsnmp_sim_auth auth, enum zsnmp_sim_priv priv, const uint8_t *key,
                        const uint8_t *engine_id, size_t engine_id_len,
                        uint8_t to[ZSNMP_SIM_PRIV_KEY_MAX]);

void zsnmp_sim_hmac_key(struct zsnmp_sim_hmac *hmac, enum zsnmp_sim_auth auth, const uint8_t *key);
/* The truncated MAC of a message whose bytes [mac_at, mac_at + mac_len) count as zero. */
void zsnmp_sim_hmac_message(const struct zsnmp_sim_hmac *hmac, const uint8_t *message, size_t len,
                            size_t mac_at, uint8_t mac[ZSNMP_SIM_DIGEST_MAX]);

bool zsnmp_sim_cipher_key(struct zsnmp_sim_cipher *cipher, enum zsnmp_sim_priv priv,
                          const uint8_t *key);
/* boots and time are those of the message. DES wants len to be a multiple of eight. In place or
 * not. */
void zsnmp_sim_cipher_encrypt(const struct zsnmp_sim_cipher *cipher, int32_t boots, int32_t time,
                              const uint8_t salt[ZSNMP_SIM_SALT], const uint8_t *from, size_t len,
                              uint8_t *to);
void zsnmp_sim_cipher_decrypt(const struct zsnmp_sim_cipher *cipher, int32_t boots, int32_t time,
                              const uint8_t salt[ZSNMP_SIM_SALT], const uint8_t *from, size_t len,
                              uint8_t *to);

#endif
