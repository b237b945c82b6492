/*
 * The user-based security model (RFC 3414, 3826, 7860, and the AES-192 and AES-256 drafts), from
 * the agent's side: who the users are and, per device, their keys. Pass phrases are turned into
 * keys when a user is first seen; localised keys live in a cache of fixed size per thread.
 */
#ifndef ZSNMP_SIM_USM_H
#define ZSNMP_SIM_USM_H

#include "sim/crypt.h"
#include "sim/device.h"

#define ZSNMP_SIM_USER_NAME_MAX 32 /* RFC 3414: SnmpAdminString (SIZE(0..32)) */
#define ZSNMP_SIM_PASS_MIN 8       /* RFC 3414 section 11.2 */
#define ZSNMP_SIM_PASS_MAX 255
#define ZSNMP_SIM_USERS_MAX 256

enum zsnmp_sim_level {
    ZSNMP_SIM_NO_AUTH_NO_PRIV = 0,
    ZSNMP_SIM_AUTH_NO_PRIV = 1,
    ZSNMP_SIM_AUTH_PRIV = 3,
};

struct zsnmp_sim_secret; /* a pass phrase under a hash, and its key once it has been derived */

struct zsnmp_sim_user {
    char name[ZSNMP_SIM_USER_NAME_MAX + 1];
    size_t name_len;
    enum zsnmp_sim_level level;
    enum zsnmp_sim_auth auth;
    enum zsnmp_sim_priv priv;
    struct zsnmp_sim_secret *auth_secret;
    struct zsnmp_sim_secret *priv_secret;
};

struct zsnmp_sim_usm;

struct zsnmp_sim_usm *zsnmp_sim_usm_new(void);
void zsnmp_sim_usm_destroy(struct zsnmp_sim_usm **self);

/* The users every simulator has: one for each pair of protocols (docs/SIMULATOR.md). */
bool zsnmp_sim_usm_add_builtin(struct zsnmp_sim_usm *self);
void zsnmp_sim_usm_forget_builtin(struct zsnmp_sim_usm *self);
/* "NAME:LEVEL:AUTH:AUTHPASS:PRIV:PRIVPASS"; the tail that LEVEL does not need may be left out. A
 * user of that name from before is replaced. */
bool zsnmp_sim_usm_add_spec(struct zsnmp_sim_usm *self, const char *spec);
const struct zsnmp_sim_user *zsnmp_sim_usm_find(const struct zsnmp_sim_usm *self,
                                                const uint8_t *name, size_t len);

/* A user in no list, from the same text. NULL: not accepted, or no memory. */
struct zsnmp_sim_user *zsnmp_sim_user_new(const char *spec);
void zsnmp_sim_user_destroy(struct zsnmp_sim_user **self);

/* Localised keys in a form ready for use. */
struct zsnmp_sim_key {
    const struct zsnmp_sim_user *user; /* NULL: slot is free */
    uint8_t engine_id[ZSNMP_SIM_ENGINE_ID_MAX];
    size_t engine_id_len;
    struct zsnmp_sim_hmac hmac;
    struct zsnmp_sim_cipher cipher;
};

#define ZSNMP_SIM_KEYS 8192 /* slots a thread; one holds one user of one engine */

struct zsnmp_sim_keys;

struct zsnmp_sim_keys *zsnmp_sim_keys_new(struct zsnmp_sim_usm *usm);
void zsnmp_sim_keys_destroy(struct zsnmp_sim_keys **self);
/* Valid until the next call. *fresh tells that the keys had to be made. */
const struct zsnmp_sim_key *zsnmp_sim_keys_get(struct zsnmp_sim_keys *self,
                                               const struct zsnmp_sim_user *user,
                                               const uint8_t *engine_id, size_t len, bool *fresh);

#endif
