/*
 * See usm.h. Users and secrets are fixed before the threads start; only the derived key of a
 * secret comes later, once, under the lock of that secret. A thread's cache is its own.
 */
#include "sim/usm.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECRETS_MAX (2 * ZSNMP_SIM_USERS_MAX)
#define FIELDS 6

struct zsnmp_sim_secret {
    enum zsnmp_sim_auth auth;
    size_t len;
    uint8_t pass[ZSNMP_SIM_PASS_MAX];
    atomic_bool derived;
    pthread_mutex_t lock; /* guards key until derived is set */
    uint8_t key[ZSNMP_SIM_DIGEST_MAX];
};

struct zsnmp_sim_usm {
    size_t users;
    size_t builtin; /* the first so many */
    size_t secrets;
    struct zsnmp_sim_user user[ZSNMP_SIM_USERS_MAX];
    struct zsnmp_sim_secret secret[SECRETS_MAX];
};

struct zsnmp_sim_keys {
    struct zsnmp_sim_usm *usm;
    struct zsnmp_sim_key *slot; /* made at the first use */
};

/* A user outside of any list, with secrets of its own. */
struct lone_user {
    struct zsnmp_sim_user user; /* first */
    struct zsnmp_sim_secret secret[2];
};

struct zsnmp_sim_usm *zsnmp_sim_usm_new(void)
{
    struct zsnmp_sim_usm *self = calloc(1, sizeof *self);
    for (size_t i = 0; self != NULL && i < SECRETS_MAX; i++) {
        (void)pthread_mutex_init(&self->secret[i].lock, NULL); /* cannot fail without attributes */
    }
    return self;
}

void zsnmp_sim_usm_destroy(struct zsnmp_sim_usm **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < SECRETS_MAX; i++) {
        (void)pthread_mutex_destroy(&(*self)->secret[i].lock);
    }
    OPENSSL_cleanse(*self, sizeof **self);
    free(*self);
    *self = NULL;
}

/* The secret for this pass phrase under this hash: users share it, and the work. */
static struct zsnmp_sim_secret *intern(struct zsnmp_sim_usm *self, enum zsnmp_sim_auth auth,
                                       const char *pass)
{
    size_t len = strlen(pass);
    if (len < ZSNMP_SIM_PASS_MIN || len > ZSNMP_SIM_PASS_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < self->secrets; i++) {
        struct zsnmp_sim_secret *s = &self->secret[i];
        if (s->auth == auth && s->len == len && memcmp(s->pass, pass, len) == 0) {
            return s;
        }
    }
    if (self->secrets == SECRETS_MAX) {
        return NULL;
    }
    struct zsnmp_sim_secret *s = &self->secret[self->secrets++];
    s->auth = auth;
    s->len = len;
    memcpy(s->pass, pass, len);
    return s;
}

static const uint8_t *secret_key(struct zsnmp_sim_secret *s)
{
    if (!atomic_load_explicit(&s->derived, memory_order_acquire)) {
        pthread_mutex_lock(&s->lock);
        if (!atomic_load_explicit(&s->derived, memory_order_relaxed)) {
            zsnmp_sim_password_to_key(s->auth, s->pass, s->len, s->key);
            atomic_store_explicit(&s->derived, true, memory_order_release);
        }
        pthread_mutex_unlock(&s->lock);
    }
    return s->key;
}

const struct zsnmp_sim_user *zsnmp_sim_usm_find(const struct zsnmp_sim_usm *self,
                                                const uint8_t *name, size_t len)
{
    for (size_t i = self->users; i-- > 0;) { /* a later user of one name hides an earlier */
        const struct zsnmp_sim_user *u = &self->user[i];
        if (u->name_len == len && memcmp(u->name, name, len) == 0) {
            return u;
        }
    }
    return NULL;
}

static bool name_user(struct zsnmp_sim_user *u, const char *name, enum zsnmp_sim_level level,
                      enum zsnmp_sim_auth auth, enum zsnmp_sim_priv priv)
{
    size_t len = strlen(name);
    if (len == 0 || len > ZSNMP_SIM_USER_NAME_MAX) {
        return false;
    }
    memset(u, 0, sizeof *u);
    memcpy(u->name, name, len);
    u->name_len = len;
    u->level = level;
    u->auth = auth;
    u->priv = priv;
    return true;
}

static bool add_user(struct zsnmp_sim_usm *self, const char *name, enum zsnmp_sim_level level,
                     enum zsnmp_sim_auth auth, const char *auth_pass, enum zsnmp_sim_priv priv,
                     const char *priv_pass)
{
    struct zsnmp_sim_user *u = &self->user[self->users];
    if (self->users == ZSNMP_SIM_USERS_MAX || !name_user(u, name, level, auth, priv)) {
        return false;
    }
    if (level != ZSNMP_SIM_NO_AUTH_NO_PRIV) {
        u->auth_secret = intern(self, auth, auth_pass);
    }
    if (level == ZSNMP_SIM_AUTH_PRIV) {
        u->priv_secret = intern(self, auth, priv_pass);
    }
    if ((level != ZSNMP_SIM_NO_AUTH_NO_PRIV && u->auth_secret == NULL) ||
        (level == ZSNMP_SIM_AUTH_PRIV && u->priv_secret == NULL)) {
        return false;
    }
    self->users++;
    return true;
}

static bool add_pair(struct zsnmp_sim_usm *self, enum zsnmp_sim_auth auth, enum zsnmp_sim_priv priv)
{
    const char *a = zsnmp_sim_auth_name(auth);
    const char *p = zsnmp_sim_priv_name(priv);
    bool plain = priv == ZSNMP_SIM_PRIV_NONE;
    char name[ZSNMP_SIM_USER_NAME_MAX + 1];
    char auth_pass[32];
    char priv_pass[32];
    (void)snprintf(name, sizeof name, plain ? "%s" : "%s-%s", a, p);
    (void)snprintf(auth_pass, sizeof auth_pass, "authpass-%s", a);
    (void)snprintf(priv_pass, sizeof priv_pass, "privpass-%s", p);
    return add_user(self, name, plain ? ZSNMP_SIM_AUTH_NO_PRIV : ZSNMP_SIM_AUTH_PRIV, auth,
                    auth_pass, priv, priv_pass);
}

bool zsnmp_sim_usm_add_builtin(struct zsnmp_sim_usm *self)
{
    bool ok = add_user(self, "noauth", ZSNMP_SIM_NO_AUTH_NO_PRIV, ZSNMP_SIM_AUTH_NONE, "",
                       ZSNMP_SIM_PRIV_NONE, "");
    for (int a = ZSNMP_SIM_AUTH_NONE + 1; ok && a < ZSNMP_SIM_AUTH_COUNT; a++) {
        for (int p = ZSNMP_SIM_PRIV_NONE; ok && p < ZSNMP_SIM_PRIV_COUNT; p++) {
            ok = add_pair(self, (enum zsnmp_sim_auth)a, (enum zsnmp_sim_priv)p);
        }
    }
    self->builtin = self->users;
    return ok;
}

void zsnmp_sim_usm_forget_builtin(struct zsnmp_sim_usm *self)
{
    memmove(self->user, self->user + self->builtin,
            (self->users - self->builtin) * sizeof self->user[0]);
    self->users -= self->builtin;
    self->builtin = 0;
}

static bool parse_level(const char *text, enum zsnmp_sim_level *level)
{
    static const struct {
        const char *name;
        enum zsnmp_sim_level level;
    } levels[] = {
        {"noAuthNoPriv", ZSNMP_SIM_NO_AUTH_NO_PRIV},
        {"authNoPriv", ZSNMP_SIM_AUTH_NO_PRIV},
        {"authPriv", ZSNMP_SIM_AUTH_PRIV},
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcasecmp(text, levels[i].name) == 0) {
            *level = levels[i].level;
            return true;
        }
    }
    return false;
}

/* Cuts the text at its colons; fields it does not have are empty. The last may hold colons. */
static void split(char *text, const char *field[FIELDS])
{
    static const char empty[] = "";
    for (size_t i = 0; i < FIELDS; i++) {
        field[i] = text == NULL ? empty : text;
        char *colon = text == NULL || i + 1 == FIELDS ? NULL : strchr(text, ':');
        if (colon != NULL) {
            *colon++ = '\0';
        }
        text = colon;
    }
}

struct spec {
    char *text; /* what the fields point into */
    const char *field[FIELDS];
    enum zsnmp_sim_level level;
    enum zsnmp_sim_auth auth;
    enum zsnmp_sim_priv priv;
};

/* Whatever it returns, the spec is to be wiped. */
static bool parse_spec(struct spec *spec, const char *text)
{
    *spec = (struct spec){.text = strdup(text)};
    if (spec->text == NULL) {
        return false;
    }
    split(spec->text, spec->field);
    spec->auth = zsnmp_sim_auth_parse(spec->field[2]);
    spec->priv = zsnmp_sim_priv_parse(spec->field[4]);
    return parse_level(spec->field[1], &spec->level) &&
           (spec->level == ZSNMP_SIM_NO_AUTH_NO_PRIV || spec->auth != ZSNMP_SIM_AUTH_NONE) &&
           (spec->level != ZSNMP_SIM_AUTH_PRIV || spec->priv != ZSNMP_SIM_PRIV_NONE);
}

static void wipe_spec(struct spec *spec, const char *text)
{
    if (spec->text != NULL) {
        OPENSSL_cleanse(spec->text, strlen(text));
        free(spec->text);
    }
}

bool zsnmp_sim_usm_add_spec(struct zsnmp_sim_usm *self, const char *text)
{
    struct spec spec;
    bool ok = parse_spec(&spec, text) && add_user(self, spec.field[0], spec.level, spec.auth,
                                                  spec.field[3], spec.priv, spec.field[5]);
    wipe_spec(&spec, text);
    return ok;
}

static bool set_secret(struct zsnmp_sim_secret *s, enum zsnmp_sim_auth auth, const char *pass)
{
    size_t len = strlen(pass);
    if (len < ZSNMP_SIM_PASS_MIN || len > ZSNMP_SIM_PASS_MAX) {
        return false;
    }
    s->auth = auth;
    s->len = len;
    memcpy(s->pass, pass, len);
    return true;
}

struct zsnmp_sim_user *zsnmp_sim_user_new(const char *text)
{
    struct spec spec;
    struct lone_user *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_mutex_init(&self->secret[i].lock, NULL); /* cannot fail without attributes */
    }
    bool ok = parse_spec(&spec, text) &&
              name_user(&self->user, spec.field[0], spec.level, spec.auth, spec.priv) &&
              (spec.level == ZSNMP_SIM_NO_AUTH_NO_PRIV ||
               set_secret(&self->secret[0], spec.auth, spec.field[3])) &&
              (spec.level != ZSNMP_SIM_AUTH_PRIV ||
               set_secret(&self->secret[1], spec.auth, spec.field[5]));
    self->user.auth_secret = &self->secret[0];
    self->user.priv_secret = &self->secret[1];
    wipe_spec(&spec, text);
    struct zsnmp_sim_user *user = &self->user;
    if (!ok) {
        zsnmp_sim_user_destroy(&user);
    }
    return user;
}

void zsnmp_sim_user_destroy(struct zsnmp_sim_user **self)
{
    struct lone_user *lone = (struct lone_user *)*self;
    if (lone == NULL) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_mutex_destroy(&lone->secret[i].lock);
    }
    OPENSSL_cleanse(lone, sizeof *lone);
    free(lone);
    *self = NULL;
}

struct zsnmp_sim_keys *zsnmp_sim_keys_new(struct zsnmp_sim_usm *usm)
{
    struct zsnmp_sim_keys *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->usm = usm;
    }
    return self;
}

void zsnmp_sim_keys_destroy(struct zsnmp_sim_keys **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->slot); /* keys of simulated users guard nothing */
    free(*self);
    *self = NULL;
}

static bool make_key(const struct zsnmp_sim_user *user, const uint8_t *engine_id, size_t len,
                     struct zsnmp_sim_key *k)
{
    uint8_t key[ZSNMP_SIM_DIGEST_MAX];
    bool ok = true;
    zsnmp_sim_localize(user->auth, secret_key(user->auth_secret), engine_id, len, key);
    zsnmp_sim_hmac_key(&k->hmac, user->auth, key);
    if (user->level == ZSNMP_SIM_AUTH_PRIV) {
        zsnmp_sim_priv_key(user->auth, user->priv, secret_key(user->priv_secret), engine_id, len,
                           key);
        ok = zsnmp_sim_cipher_key(&k->cipher, user->priv, key);
    }
    memcpy(k->engine_id, engine_id, len);
    k->engine_id_len = len;
    k->user = ok ? user : NULL;
    return ok;
}

static uint64_t slot_of(const struct zsnmp_sim_user *user, const uint8_t *engine_id, size_t len)
{
    uint64_t hash = zsnmp_sim_mix((uint64_t)(uintptr_t)user);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ engine_id[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
    return zsnmp_sim_mix(hash) % ZSNMP_SIM_KEYS;
}

const struct zsnmp_sim_key *zsnmp_sim_keys_get(struct zsnmp_sim_keys *self,
                                               const struct zsnmp_sim_user *user,
                                               const uint8_t *engine_id, size_t len, bool *fresh)
{
    if (self->slot == NULL) {
        self->slot = calloc(ZSNMP_SIM_KEYS, sizeof *self->slot);
    }
    if (self->slot == NULL) {
        return NULL;
    }
    struct zsnmp_sim_key *k = &self->slot[slot_of(user, engine_id, len)];
    *fresh =
        k->user != user || k->engine_id_len != len || memcmp(k->engine_id, engine_id, len) != 0;
    return !*fresh || make_key(user, engine_id, len, k) ? k : NULL;
}
