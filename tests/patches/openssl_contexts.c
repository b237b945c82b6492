// Patch 0008: digests and ciphers are what OpenSSL's one-shot calls give, and cost hardly any
// allocation once a thread has used them.
#include "util.h"

#include <net-snmp/library/scapi.h>
#include <openssl/crypto.h>
#include <pthread.h>

static int allocations;

static void *counting_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return malloc(size);
}

static void *counting_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return realloc(p, size);
}

static void counting_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

struct digest {
    const oid *protocol;
    size_t length;
    const EVP_MD *(*md)(void);
};

static const oid SHA_2[4][10] = {{1, 3, 6, 1, 6, 3, 10, 1, 1, 4},
                                 {1, 3, 6, 1, 6, 3, 10, 1, 1, 5},
                                 {1, 3, 6, 1, 6, 3, 10, 1, 1, 6},
                                 {1, 3, 6, 1, 6, 3, 10, 1, 1, 7}};

static const u_char KEYS[2][64] = {
    "one key, as long as the longest digest: 64 octets, well counted",
    "and another one of the same length, so that they are told apart"};
static u_char message[300];

static void check_digest(const struct digest *digest, const u_char *key)
{
    u_char expected[EVP_MAX_MD_SIZE];
    unsigned int expected_length = sizeof(expected);
    int md_size = EVP_MD_get_size(digest->md());
    u_char mac[EVP_MAX_MD_SIZE];
    size_t mac_length = sizeof(mac);
    int before = allocations;
    int one_shot;

    CHECK(HMAC(digest->md(), key, md_size, message, sizeof(message), expected, &expected_length));
    one_shot = allocations - before;
    before = allocations;
    CHECK(sc_generate_keyed_hash(digest->protocol, digest->length, key, (u_int)md_size, message,
                                 sizeof(message), mac, &mac_length) == SNMPERR_SUCCESS);
    CHECK(mac_length > 0 && mac_length <= expected_length);
    CHECK(memcmp(mac, expected, mac_length) == 0);
    // The first round of a thread sets up; what is left then is OpenSSL's copy of key and state.
    CHECK(2 * (allocations - before) < one_shot || key != KEYS[1]);
}

struct cipher {
    oid protocol[11];
    size_t length;
    u_int key_length;
    const EVP_CIPHER *(*cipher)(void);
};

static void check_cipher(const struct cipher *cipher, const u_char *key)
{
    u_char iv[16] = "sixteen octets.";
    u_char expected[sizeof(message)];
    u_char encrypted[sizeof(message)];
    u_char plain[sizeof(message)];
    size_t encrypted_length = sizeof(encrypted);
    size_t plain_length = sizeof(plain);
    EVP_CIPHER_CTX *ctx;
    int length;
    int before;

    ctx = EVP_CIPHER_CTX_new();
    CHECK(ctx && EVP_EncryptInit(ctx, cipher->cipher(), key, iv) == 1);
    CHECK(EVP_EncryptUpdate(ctx, expected, &length, message, sizeof(message)) == 1);
    EVP_CIPHER_CTX_free(ctx);
    before = allocations;
    CHECK(sc_encrypt(cipher->protocol, cipher->length, (u_char *)(uintptr_t)key, cipher->key_length,
                     iv, sizeof(iv), message, sizeof(message), encrypted,
                     &encrypted_length) == SNMPERR_SUCCESS);
    CHECK(encrypted_length == sizeof(message));
    CHECK(memcmp(encrypted, expected, sizeof(message)) == 0);
    CHECK(sc_decrypt(cipher->protocol, cipher->length, (u_char *)(uintptr_t)key, cipher->key_length,
                     iv, sizeof(iv), encrypted, sizeof(message), plain,
                     &plain_length) == SNMPERR_SUCCESS);
    CHECK(memcmp(plain, message, sizeof(message)) == 0);
    // The first round of a thread sets up, later ones do not.
    CHECK(allocations == before || key != KEYS[1]);
}

static void *check_all(void *arg)
{
    const struct digest digests[] = {
        {usmHMACMD5AuthProtocol, 10, EVP_md5},
        {usmHMACSHA1AuthProtocol, 10, EVP_sha1},
        {SHA_2[0], 10, EVP_sha224},
        {SHA_2[1], 10, EVP_sha256},
        {SHA_2[2], 10, EVP_sha384},
        {SHA_2[3], 10, EVP_sha512},
    };
    const struct cipher ciphers[] = {
        {{1, 3, 6, 1, 6, 3, 10, 1, 2, 4}, 10, 16, EVP_aes_128_cfb},
        {{1, 3, 6, 1, 4, 1, 14832, 1, 3}, 9, 24, EVP_aes_192_cfb},
        {{1, 3, 6, 1, 4, 1, 14832, 1, 4}, 9, 32, EVP_aes_256_cfb},
    };

    for (int round = 0; round < 4; round++) {
        const u_char *key = KEYS[round % 2];

        for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
            check_digest(&digests[i], key);
        }
        for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
            check_cipher(&ciphers[i], key);
        }
    }
    sc_thread_cleanup();
    return arg;
}

int main(void)
{
    pthread_t thread;

    CHECK(CRYPTO_set_mem_functions(counting_malloc, counting_realloc, counting_free) == 1);
    library_init();
    memset(message, 0x5a, sizeof(message));
    (void)check_all(NULL);
    // Another thread has contexts of its own, and after the cleanup everything can begin anew.
    CHECK(pthread_create(&thread, NULL, check_all, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    (void)check_all(NULL);
    return 0;
}
