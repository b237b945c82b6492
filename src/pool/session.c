/*
 * Sessions of version 3: one device and one set of credentials. A session gets
 * its keys from the key thread, then its engine id by an unauthenticated probe
 * (RFC 3414 section 4), one a device however many wait; boots and time follow
 * from reports. Must never wait for any of it.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

/* ---- credentials ---- */

bool zsnmp_str_equal(const struct zsnmp_str *a, const struct zsnmp_str *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static uint64_t str_hash(uint64_t hash, const struct zsnmp_str *str)
{
    return str->len == 0 ? hash : zsnmp_hash(hash, str->data, str->len);
}

static const size_t fields[] = {
    offsetof(struct zsnmp_creds, community), offsetof(struct zsnmp_creds, user),
    offsetof(struct zsnmp_creds, auth_pass), offsetof(struct zsnmp_creds, priv_pass),
    offsetof(struct zsnmp_creds, auth_key),  offsetof(struct zsnmp_creds, priv_key),
    offsetof(struct zsnmp_creds, engine_id),
};
#define FIELDS (sizeof fields / sizeof fields[0])

static struct zsnmp_str *creds_field(struct zsnmp_creds *creds, size_t i)
{
    return (struct zsnmp_str *)((char *)creds + fields[i]);
}

static const struct zsnmp_str *field(const struct zsnmp_creds *c, size_t i)
{
    return (const struct zsnmp_str *)((const char *)c + fields[i]);
}

uint64_t zsnmp_creds_hash(uint64_t seed, const struct zsnmp_creds *c)
{
    uint8_t protos[] = {c->version, c->level, c->auth_proto, c->priv_proto};
    uint64_t hash = zsnmp_hash(seed, protos, sizeof protos);
    for (size_t i = 0; i < FIELDS; i++) {
        hash = str_hash(hash, field(c, i));
    }
    return hash;
}

bool zsnmp_creds_equal(const struct zsnmp_creds *a, const struct zsnmp_creds *b)
{
    if (a->version != b->version || a->level != b->level || a->auth_proto != b->auth_proto ||
        a->priv_proto != b->priv_proto) {
        return false;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (!zsnmp_str_equal(field(a, i), field(b, i))) {
            return false;
        }
    }
    return true;
}

static size_t creds_size(const struct zsnmp_creds *c)
{
    size_t size = FIELDS; /* each string with its NUL */
    for (size_t i = 0; i < FIELDS; i++) {
        size += field(c, i)->len;
    }
    return size;
}

zsnmp_err_t zsnmp_creds_copy(struct zsnmp_request *to, const struct zsnmp_creds *from)
{
    to->creds = *from;
    for (size_t i = 0; i < FIELDS; i++) {
        struct zsnmp_str *str = creds_field(&to->creds, i);
        zsnmp_err_t err =
            str->data == NULL ? ZSNMP_OK : zsnmp_request_copy(to, str, str->data, str->len);
        if (err != ZSNMP_OK) {
            return err;
        }
    }
    return ZSNMP_OK;
}

static void creds_copy(struct zsnmp_session *self, const struct zsnmp_creds *from)
{
    char *at = self->strings;
    self->creds = *from;
    for (size_t i = 0; i < FIELDS; i++) {
        struct zsnmp_str *to = creds_field(&self->creds, i);
        size_t len = to->len;
        if (len > 0) {
            memcpy(at, to->data, len);
        }
        at[len] = '\0';
        *to = (struct zsnmp_str){.data = at, .len = len};
        at += len + 1;
    }
}

/* ---- life ---- */

static struct zsnmp_session *new_session(struct zsnmp_worker *self, struct zsnmp_device *device,
                                         const struct zsnmp_creds *creds, uint64_t hash)
{
    size_t size = sizeof(struct zsnmp_session) + creds_size(creds);
    struct zsnmp_session *session = calloc(1, size);
    if (session == NULL) {
        return NULL;
    }
    session->worker = self;
    session->device = device;
    session->creds_hash = hash;
    session->size = size;
    zsnmp_list_init(&session->waiting);
    zsnmp_list_init(&session->flying);
    zsnmp_list_init(&session->keys);
    creds_copy(session, creds);
    zsnmp_counter_add(&self->counters.sessions, 1);
    return session;
}

/* Whether the engine is to be found out, rather than given by the client. */
static bool discovers(const struct zsnmp_session *session)
{
    return session->creds.engine_id.len == 0;
}

/* What the session knows of its device's engine is kept for those that come later. */
static void remember_engine(struct zsnmp_worker *self, const struct zsnmp_session *session)
{
    struct zsnmp_usm_head usm;
    if (discovers(session) && session->link != NULL && zsnmp_link_get_engine(session->link, &usm)) {
        zsnmp_engine_learn(self, session->device, &usm);
    }
}

void zsnmp_session_destroy(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    if (!self->stopping && session->state == ZSNMP_SESSION_READY) {
        remember_engine(self, session);
    }
    zsnmp_list_remove(&session->keys);
    zsnmp_link_destroy(&session->link);
    zsnmp_counter_add(&self->counters.sessions, (uint64_t)-1);
    explicit_bzero(session, session->size);
    free(session);
}

/*
 * Makes room among many credentials of one device: drops the one that was not
 * used for longest. false: there are too many, and all are in use.
 */
static bool make_room(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    struct zsnmp_session **found = NULL;
    uint32_t count = 0;
    for (struct zsnmp_session **at = &device->sessions; *at != NULL; at = &(*at)->next) {
        count++;
        if ((*at)->users == 0 && !(*at)->job) {
            found = at;
        }
    }
    if (count < ZSNMP_SESSIONS_MAX) {
        return true;
    }
    if (found == NULL) {
        return false;
    }
    struct zsnmp_session *session = *found;
    *found = session->next;
    zsnmp_session_destroy(self, session);
    return true;
}

zsnmp_err_t zsnmp_session_get(struct zsnmp_worker *self, struct zsnmp_device *device,
                              const struct zsnmp_creds *creds, struct zsnmp_session **found)
{
    uint64_t hash = zsnmp_creds_hash(self->seed, creds);
    struct zsnmp_session *session = NULL;
    for (struct zsnmp_session **at = &device->sessions; *at != NULL; at = &(*at)->next) {
        if ((*at)->creds_hash == hash && zsnmp_creds_equal(&(*at)->creds, creds)) {
            session = *at;
            *at = session->next;
            break;
        }
    }
    if (session == NULL) {
        if (!make_room(self, device)) {
            return ZSNMP_E_QUEUE_FULL;
        }
        session = new_session(self, device, creds, hash);
        if (session == NULL) {
            return ZSNMP_E_INTERNAL;
        }
    }
    session->next = device->sessions; /* most recently used first */
    device->sessions = session;
    *found = session;
    return ZSNMP_OK;
}

static void wait_in(struct zsnmp_session *session, struct zsnmp_request *request)
{
    request->run.state = ZSNMP_RUN_WAITING;
    zsnmp_list_push(&session->waiting, &request->run.link);
    if (session->state == ZSNMP_SESSION_PROBE) {
        zsnmp_run_limit_wait(session->worker, request);
    }
}

void zsnmp_session_join(struct zsnmp_worker *self, struct zsnmp_session *session,
                        struct zsnmp_request *request)
{
    wait_in(session, request);
    zsnmp_session_advance(self, session);
}

/* All that wait end with an error. Those that come later start over. */
static void fail(struct zsnmp_worker *self, struct zsnmp_session *session, zsnmp_err_t err)
{
    struct zsnmp_list failed;
    struct zsnmp_list *node;
    zsnmp_list_init(&failed);
    session->state = ZSNMP_SESSION_NEW;
    while ((node = zsnmp_list_pop(&session->waiting)) != NULL) {
        zsnmp_list_push(&failed, node);
    }
    while ((node = zsnmp_list_pop(&failed)) != NULL) {
        zsnmp_run_finish(self, ZSNMP_CONTAINER(node, struct zsnmp_request, run.link), err);
    }
}

static void become_ready(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    struct zsnmp_list *node;
    session->state = ZSNMP_SESSION_READY;
    /* A send that fails ends its request, and puts nothing back into this list. */
    while (session->state == ZSNMP_SESSION_READY &&
           (node = zsnmp_list_pop(&session->waiting)) != NULL) {
        zsnmp_run_send(self, ZSNMP_CONTAINER(node, struct zsnmp_request, run.link));
    }
}

/* ---- keys ---- */

static bool derives_keys(const struct zsnmp_creds *creds)
{
    return creds->auth_pass.len > 0 || creds->priv_pass.len > 0;
}

static void copy_pass(char *to, size_t *len, const struct zsnmp_str *from)
{
    *len = from->len < ZSNMP_PASS_MAX ? from->len : ZSNMP_PASS_MAX;
    if (*len > 0) {
        memcpy(to, from->data, *len);
    }
}

/* A localised key of the client's goes in place of a derived one. */
static void choose_key(struct zsnmp_key *key, const struct zsnmp_str *given)
{
    if (given->len > 0 && given->len <= sizeof key->bytes) {
        memcpy(key->bytes, given->data, given->len);
        key->len = (uint8_t)given->len;
        key->localised = true;
    }
}

static bool make_link(struct zsnmp_session *session, struct zsnmp_key *auth, struct zsnmp_key *priv)
{
    choose_key(auth, &session->creds.auth_key);
    choose_key(priv, &session->creds.priv_key);
    session->link = zsnmp_link_new(&zsnmp_session_ops, session, &session->creds, auth, priv);
    explicit_bzero(auth, sizeof *auth);
    explicit_bzero(priv, sizeof *priv);
    return session->link != NULL;
}

static void post_job(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    struct zsnmp_key_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        fail(self, session, ZSNMP_E_INTERNAL);
        return;
    }
    job->msg.kind = ZSNMP_MSG_KEYS;
    job->reply_to = &self->inbox;
    job->session = session;
    job->proto = session->creds.auth_proto;
    copy_pass(job->auth_pass, &job->auth_len, &session->creds.auth_pass);
    copy_pass(job->priv_pass, &job->priv_len, &session->creds.priv_pass);
    session->job = true;
    self->key_jobs++;
    zsnmp_mailbox_push(&self->pool->keys.inbox, &job->msg);
}

/*
 * Keys take milliseconds each, requests can come with new pass phrases faster.
 * So only a few jobs are out at a time, and those that nobody waits for any
 * more are never done.
 */
static void feed_keys(struct zsnmp_worker *self)
{
    while (self->key_jobs < ZSNMP_KEY_JOBS_MAX && !zsnmp_list_empty(&self->need_keys)) {
        struct zsnmp_list *first = zsnmp_list_pop(&self->need_keys);
        struct zsnmp_session *session = ZSNMP_CONTAINER(first, struct zsnmp_session, keys);
        if (zsnmp_list_empty(&session->waiting)) {
            session->state = ZSNMP_SESSION_NEW;
        } else {
            post_job(self, session);
        }
    }
}

static void ask_for_keys(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    session->state = ZSNMP_SESSION_KEYS;
    zsnmp_list_push(&self->need_keys, &session->keys);
    feed_keys(self);
}

void zsnmp_session_keys(struct zsnmp_worker *self, struct zsnmp_key_job *job)
{
    struct zsnmp_session *session = job->session;
    struct zsnmp_device *device = session->device;
    zsnmp_err_t err = job->err;
    session->job = false;
    self->key_jobs--;
    session->state = ZSNMP_SESSION_NEW;
    if (err == ZSNMP_OK && !make_link(session, &job->auth, &job->priv)) {
        err = ZSNMP_E_INTERNAL;
    }
    explicit_bzero(job, sizeof *job);
    free(job);
    if (err != ZSNMP_OK) {
        fail(self, session, err);
    } else if (!zsnmp_list_empty(&session->waiting)) {
        zsnmp_session_advance(self, session);
    }
    zsnmp_device_settle(self, device);
    feed_keys(self);
}

/* ---- discovery: one a device, whatever credentials wait for it ---- */

static uint32_t clamp_ms(uint32_t ms)
{
    if (ms < ZSNMP_PROBE_MIN_MS) {
        return ZSNMP_PROBE_MIN_MS;
    }
    return ms > ZSNMP_PROBE_MAX_MS ? ZSNMP_PROBE_MAX_MS : ms;
}

/*
 * A probe goes on for as long as anybody waits for it; each of those that wait
 * has a limit of its own, so that nobody's patience is another's.
 */
static struct zsnmp_request *new_probe(struct zsnmp_session *session)
{
    struct zsnmp_request *probe = zsnmp_request_alloc(0);
    if (probe == NULL) {
        return NULL;
    }
    probe->op = ZSNMP_OP_PROBE;
    probe->creds.version = ZSNMP_V3;
    if (!zsnmp_list_empty(&session->waiting)) {
        const struct zsnmp_request *first =
            ZSNMP_CONTAINER(session->waiting.next, struct zsnmp_request, run.link);
        probe->timeout_ms = clamp_ms(zsnmp_request_try_ms(first));
    }
    probe->run.state = ZSNMP_RUN_WAITING; /* so it is, where it has to keep the device's interval */
    probe->run.device = session->device;
    probe->run.session = session;
    session->users++;
    return probe;
}

static void await_probe(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    struct zsnmp_device *device = session->device;
    session->state = ZSNMP_SESSION_PROBE;
    for (struct zsnmp_list *at = session->waiting.next; at != &session->waiting; at = at->next) {
        zsnmp_run_limit_wait(self, ZSNMP_CONTAINER(at, struct zsnmp_request, run.link));
    }
    if (device->probe != NULL) {
        return;
    }
    device->probe = new_probe(session);
    if (device->probe == NULL) {
        fail(self, session, ZSNMP_E_INTERNAL);
        return;
    }
    ZSNMP_COUNT(self, v3_probes);
    zsnmp_run_send(self, device->probe);
}

bool zsnmp_session_awaited(const struct zsnmp_device *device)
{
    for (const struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        if (s->state == ZSNMP_SESSION_PROBE &&
            (!zsnmp_list_empty(&s->waiting) || !zsnmp_list_empty(&s->flying))) {
            return true;
        }
    }
    return false;
}

/*
 * What is in the air was made for an engine that is gone, and would only be
 * refused. A SET that may have been carried out all the same ends: sent anew,
 * under another request-id, it might be carried out twice. A device that
 * changes all the time gets no more than so many tries.
 */
static void recall(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    struct zsnmp_list *next;
    for (struct zsnmp_list *at = session->flying.next; at != &session->flying; at = next) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(at, struct zsnmp_request, run.link);
        next = at->next;
        if (request->op == ZSNMP_SET && request->run.refused < request->run.tries) {
            zsnmp_run_finish(self, request, ZSNMP_E_TIMEOUT);
        } else if (request->run.recovered >= ZSNMP_RECOVERIES_MAX) {
            zsnmp_run_finish(self, request, ZSNMP_E_UNKNOWN_ENGINE_ID);
        } else {
            request->run.recovered++;
            zsnmp_run_land(self, request);
            wait_in(session, request);
        }
    }
}

/* The device's engine is known, and not the one that the session was made for. */
static void change_engine(struct zsnmp_worker *self, struct zsnmp_session *session,
                          const struct zsnmp_usm_head *usm)
{
    recall(self, session);
    zsnmp_err_t err = zsnmp_link_set_engine(session->link, usm->engine_id, usm->engine_id_len,
                                            usm->boots, usm->time);
    session->state = ZSNMP_SESSION_NEW;
    if (err != ZSNMP_OK) {
        fail(self, session, err);
    } else {
        zsnmp_session_advance(self, session);
    }
}

/* The engine is the one they were made for: the report was not true, or no longer is. */
static void hasten_refused(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    for (struct zsnmp_list *at = session->flying.next; at != &session->flying; at = at->next) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(at, struct zsnmp_request, run.link);
        if (request->run.hint == ZSNMP_E_UNKNOWN_ENGINE_ID) {
            zsnmp_run_hasten(self, request);
        }
    }
}

static void settle_engine(struct zsnmp_worker *self, struct zsnmp_session *session,
                          const struct zsnmp_usm_head *usm)
{
    const struct zsnmp_link *link = session->link;
    if (zsnmp_link_has_engine(link) &&
        !zsnmp_link_is_engine(link, usm->engine_id, usm->engine_id_len)) {
        change_engine(self, session, usm);
    } else {
        session->state = ZSNMP_SESSION_NEW;
        hasten_refused(self, session);
        zsnmp_session_advance(self, session);
    }
}

void zsnmp_session_probed(struct zsnmp_worker *self, struct zsnmp_request *probe, zsnmp_err_t err)
{
    struct zsnmp_device *device = probe->run.device;
    struct zsnmp_usm_head usm;
    probe->run.session->users--;
    device->probe = NULL;
    /* What its packets cost is told to nobody else. */
    zsnmp_request_free(probe);
    if (err == ZSNMP_OK && !zsnmp_engine_recall(self, device, &usm)) {
        err = ZSNMP_E_INTERNAL; /* no memory to learn it */
    }
    for (struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        if (s->state != ZSNMP_SESSION_PROBE) {
            continue;
        }
        if (err == ZSNMP_OK) {
            settle_engine(self, s, &usm);
        } else {
            fail(self, s, err); /* what is in the air goes on: its engine was only doubted */
        }
    }
}

void zsnmp_session_doubt(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    struct zsnmp_usm_head usm;
    if (session->state != ZSNMP_SESSION_READY || !discovers(session)) {
        return;
    }
    /* Another session of the device may have found out already. */
    if (zsnmp_engine_recall(self, session->device, &usm) &&
        !zsnmp_link_is_engine(session->link, usm.engine_id, usm.engine_id_len)) {
        change_engine(self, session, &usm);
    } else {
        await_probe(self, session);
    }
}

/* A session beside this one knows the device's clock best. */
static void ask_siblings(struct zsnmp_worker *self, const struct zsnmp_device *device)
{
    for (const struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        if (s->state == ZSNMP_SESSION_READY && discovers(s)) {
            remember_engine(self, s);
            return;
        }
    }
}

/* false: it is not known, and has to be asked for, or *err. */
static bool find_engine(struct zsnmp_worker *self, struct zsnmp_session *session, zsnmp_err_t *err)
{
    struct zsnmp_usm_head usm;
    ask_siblings(self, session->device);
    if (!zsnmp_engine_recall(self, session->device, &usm)) {
        return false;
    }
    *err =
        zsnmp_link_set_engine(session->link, usm.engine_id, usm.engine_id_len, usm.boots, usm.time);
    return *err == ZSNMP_OK;
}

void zsnmp_session_advance(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    zsnmp_err_t err = ZSNMP_OK;
    if (session->state != ZSNMP_SESSION_NEW) {
        return;
    }
    if (session->link == NULL) {
        struct zsnmp_key auth = {.len = 0};
        struct zsnmp_key priv = {.len = 0};
        if (derives_keys(&session->creds)) {
            ask_for_keys(self, session);
            return;
        }
        err = make_link(session, &auth, &priv) ? ZSNMP_OK : ZSNMP_E_INTERNAL;
    }
    if (err == ZSNMP_OK && !zsnmp_link_has_engine(session->link) &&
        !find_engine(self, session, &err) && err == ZSNMP_OK) {
        await_probe(self, session);
        return;
    }
    if (err == ZSNMP_OK) {
        err = zsnmp_link_make_user(session->link);
    }
    if (err != ZSNMP_OK) {
        fail(self, session, err);
        return;
    }
    become_ready(self, session);
}

/* ---- what the link tells ---- */

static void on_send(void *owner, void *request, int32_t id, const uint8_t *data, size_t len)
{
    struct zsnmp_session *session = owner;
    zsnmp_run_transmit(session->worker, request, id, data, len);
}

static void on_answer(void *owner, void *request, struct zsnmp_answer *answer)
{
    struct zsnmp_request *of = request;
    (void)owner;
    of->run.reqid = 0; /* net-snmp has let go of it */
    if (of->op == ZSNMP_OP_PROBE) {
        of->run.outcome = ZSNMP_OUTCOME_DONE;
        of->run.err = ZSNMP_E_OTHER_REPORT; /* an answer without authentication is no discovery */
        return;
    }
    of->run.outcome = zsnmp_op_answer(of, answer);
}

/* Any report that names its engine tells the probe what it asked. */
static void take_probe_report(struct zsnmp_session *session, struct zsnmp_request *probe,
                              const struct zsnmp_report *report)
{
    probe->run.reqid = 0;
    probe->run.outcome = ZSNMP_OUTCOME_DONE;
    probe->run.err = report->usm.engine_id_len > 0 ? ZSNMP_OK : report->err;
    zsnmp_engine_learn(session->worker, session->device, &report->usm);
}

/*
 * A report without authentication, as most are, is a hint and never ends a
 * request: the next try may be answered all the same. If none is, the hint
 * names the reason.
 */
static bool on_report(void *owner, void *request, const struct zsnmp_report *report)
{
    struct zsnmp_session *session = owner;
    struct zsnmp_request *of = request;
    ZSNMP_COUNT(session->worker, v3_reports);
    zsnmp_ids_note_refused(of);
    if (of->op == ZSNMP_OP_PROBE) {
        take_probe_report(session, of, report);
        return true;
    }
    of->run.hint = report->err;
    if (report->authentic && report->err != ZSNMP_E_NOT_IN_TIME_WINDOW) {
        of->run.reqid = 0;
        of->run.outcome = ZSNMP_OUTCOME_DONE;
        of->run.err = report->err;
        return true;
    }
    bool doubtful =
        report->err == ZSNMP_E_UNKNOWN_ENGINE_ID && of->run.recovered < ZSNMP_RECOVERIES_MAX;
    of->run.outcome = doubtful && discovers(session) ? ZSNMP_OUTCOME_DOUBT : ZSNMP_OUTCOME_HINT;
    if (report->err == ZSNMP_E_NOT_IN_TIME_WINDOW && !report->authentic) {
        of->run.rejected = true; /* the clock that it was sent with is of no use to the next try */
    }
    return false;
}

static void on_trip(void *owner)
{
    struct zsnmp_session *session = owner;
    ZSNMP_COUNT(session->worker, hook_trips);
}

const struct zsnmp_link_ops zsnmp_session_ops = {
    .send = on_send, .answer = on_answer, .report = on_report, .trip = on_trip};
