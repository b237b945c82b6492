/*
 * Sessions: one device and one set of credentials. For v3 a session gets its
 * keys from the key thread, then its engine id by an unauthenticated probe
 * (RFC 3414 section 4), one a session however many requests wait; boots and
 * time follow from reports. Must never wait for any of it.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

/* ---- credentials ---- */

static bool str_equal(const struct zsnmp_str *a, const struct zsnmp_str *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static uint64_t str_hash(uint64_t hash, const struct zsnmp_str *str)
{
    return str->len == 0 ? hash : zsnmp_hash(hash, str->data, str->len);
}

static uint64_t creds_hash(uint64_t seed, const struct zsnmp_creds *c)
{
    if (c->version != ZSNMP_V3) {
        return str_hash(seed + c->version, &c->community);
    }
    uint8_t protos[] = {c->version, c->level, c->auth_proto, c->priv_proto};
    uint64_t hash = zsnmp_hash(seed, protos, sizeof protos);
    hash = str_hash(hash, &c->user);
    hash = str_hash(hash, &c->auth_pass);
    hash = str_hash(hash, &c->priv_pass);
    return str_hash(hash, &c->engine_id);
}

static bool creds_equal(const struct zsnmp_creds *a, const struct zsnmp_creds *b)
{
    if (a->version != b->version) {
        return false;
    }
    if (a->version != ZSNMP_V3) {
        return str_equal(&a->community, &b->community);
    }
    return a->level == b->level && a->auth_proto == b->auth_proto &&
           a->priv_proto == b->priv_proto && str_equal(&a->user, &b->user) &&
           str_equal(&a->auth_pass, &b->auth_pass) && str_equal(&a->priv_pass, &b->priv_pass) &&
           str_equal(&a->engine_id, &b->engine_id);
}

static size_t creds_size(const struct zsnmp_creds *c)
{
    /* Each string with its NUL. */
    return c->community.len + c->user.len + c->auth_pass.len + c->priv_pass.len + c->engine_id.len +
           5;
}

static struct zsnmp_str move_str(char **at, struct zsnmp_str from)
{
    struct zsnmp_str to = {.data = *at, .len = from.len};
    if (from.len > 0) {
        memcpy(*at, from.data, from.len);
    }
    (*at)[from.len] = '\0';
    *at += from.len + 1;
    return to;
}

static void creds_copy(struct zsnmp_session *self, const struct zsnmp_creds *from)
{
    char *at = self->strings;
    self->creds = *from;
    self->creds.community = move_str(&at, from->community);
    self->creds.user = move_str(&at, from->user);
    self->creds.auth_pass = move_str(&at, from->auth_pass);
    self->creds.priv_pass = move_str(&at, from->priv_pass);
    self->creds.engine_id = move_str(&at, from->engine_id);
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

void zsnmp_session_destroy(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    /* A probe may still be out after all who waited for it were cancelled or ran out of time. */
    if (session->probe != NULL) {
        zsnmp_run_land(self, session->probe);
        zsnmp_request_free(session->probe);
        session->probe = NULL;
    }
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
    uint64_t hash = creds_hash(self->seed, creds);
    struct zsnmp_session *session = NULL;
    for (struct zsnmp_session **at = &device->sessions; *at != NULL; at = &(*at)->next) {
        if ((*at)->creds_hash == hash && creds_equal(&(*at)->creds, creds)) {
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

static void copy_pass(char *to, size_t *len, const struct zsnmp_str *from)
{
    *len = from->len < ZSNMP_PASS_MAX ? from->len : ZSNMP_PASS_MAX;
    if (*len > 0) {
        memcpy(to, from->data, *len);
    }
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
    if (session->creds.level == ZSNMP_AUTH_PRIV) {
        copy_pass(job->priv_pass, &job->priv_len, &session->creds.priv_pass);
    }
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
    session->auth = job->auth;
    session->priv = job->priv;
    session->state = ZSNMP_SESSION_NEW;
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

/* ---- discovery ---- */

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
    if (!zsnmp_list_empty(&session->waiting)) {
        const struct zsnmp_request *first =
            ZSNMP_CONTAINER(session->waiting.next, struct zsnmp_request, run.link);
        probe->timeout_ms = clamp_ms(first->timeout_ms);
    }
    probe->run.device = session->device;
    probe->run.session = session;
    return probe;
}

static void start_probe(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    session->state = ZSNMP_SESSION_PROBE;
    session->probe = new_probe(session);
    if (session->probe == NULL) {
        fail(self, session, ZSNMP_E_INTERNAL);
        return;
    }
    ZSNMP_COUNT(self, v3_probes);
    for (struct zsnmp_list *at = session->waiting.next; at != &session->waiting; at = at->next) {
        zsnmp_run_limit_wait(self, ZSNMP_CONTAINER(at, struct zsnmp_request, run.link));
    }
    zsnmp_run_send(self, session->probe);
}

void zsnmp_session_probed(struct zsnmp_worker *self, struct zsnmp_request *probe, zsnmp_err_t err)
{
    struct zsnmp_session *session = probe->run.session;
    session->probe = NULL;
    /* What its packets cost is told to nobody else. */
    zsnmp_request_free(probe);
    if (err != ZSNMP_OK) {
        fail(self, session, err);
        return;
    }
    session->state = ZSNMP_SESSION_NEW;
    zsnmp_session_advance(self, session);
}

void zsnmp_session_advance(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    const struct zsnmp_creds *creds = &session->creds;
    bool v3 = creds->version == ZSNMP_V3;
    if (session->state != ZSNMP_SESSION_NEW) {
        return;
    }
    if (v3 && creds->level != ZSNMP_NO_AUTH_NO_PRIV && session->auth.len == 0) {
        ask_for_keys(self, session);
        return;
    }
    if (session->link == NULL) {
        session->link =
            zsnmp_link_new(&zsnmp_session_ops, session, creds, &session->auth, &session->priv);
        if (session->link == NULL) {
            fail(self, session, ZSNMP_E_INTERNAL);
            return;
        }
    }
    if (v3 && !zsnmp_link_has_engine(session->link)) {
        start_probe(self, session);
        return;
    }
    zsnmp_err_t err = v3 ? zsnmp_link_make_user(session->link) : ZSNMP_OK;
    if (err != ZSNMP_OK) {
        fail(self, session, err);
        return;
    }
    become_ready(self, session);
}

/*
 * What is in the air was made for the old engine, and would only be refused. A
 * SET stays there until its try is over: sent anew under another request-id it
 * might be carried out twice. A device that changes all the time gets no more
 * than so many tries.
 */
static void recall(struct zsnmp_worker *self, struct zsnmp_session *session)
{
    struct zsnmp_list *next;
    for (struct zsnmp_list *at = session->flying.next; at != &session->flying; at = next) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(at, struct zsnmp_request, run.link);
        next = at->next;
        if (request->op == ZSNMP_SET) {
            request->run.hint = ZSNMP_E_TIMEOUT; /* it cannot be sent again as it was */
        } else if (request->run.recovered >= ZSNMP_RECOVERIES_MAX) {
            zsnmp_run_finish(self, request, ZSNMP_E_UNKNOWN_ENGINE_ID);
        } else {
            request->run.recovered++;
            zsnmp_run_land(self, request);
            wait_in(session, request);
        }
    }
}

void zsnmp_session_rediscover(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_session *session = request->run.session;
    request->run.recovered++;
    zsnmp_run_land(self, request); /* refused, so also a SET can be sent anew */
    if (session->state == ZSNMP_SESSION_READY) {
        recall(self, session);
        zsnmp_link_forget_engine(session->link);
        session->state = ZSNMP_SESSION_NEW;
    }
    zsnmp_session_join(self, session, request);
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
    of->run.outcome = zsnmp_op_answer(of, answer) ? ZSNMP_OUTCOME_DONE : ZSNMP_OUTCOME_MORE;
}

/*
 * Whether the engine should be discovered again before the request is given up.
 * A SET is sent anew, under another request-id, only if no try of it can have
 * been carried out: each was answered by a report.
 */
static bool can_recover(const struct zsnmp_session *session, const struct zsnmp_request *request,
                        zsnmp_err_t err)
{
    const struct zsnmp_run *run = &request->run;
    return (err == ZSNMP_E_UNKNOWN_ENGINE_ID || err == ZSNMP_E_NOT_IN_TIME_WINDOW) &&
           session->creds.engine_id.len == 0 && run->recovered < ZSNMP_RECOVERIES_MAX &&
           (request->op != ZSNMP_SET || run->refused >= run->tries);
}

/*
 * Most reports are not authenticated: a hint, not the end. The request goes on
 * waiting for its answer, and if none comes the hint names the reason.
 */
static bool on_report(void *owner, void *request, zsnmp_err_t err)
{
    struct zsnmp_session *session = owner;
    struct zsnmp_request *of = request;
    ZSNMP_COUNT(session->worker, v3_reports);
    of->run.refused++;
    if (of->op == ZSNMP_OP_PROBE) {
        of->run.outcome = ZSNMP_OUTCOME_DONE;
        of->run.err = zsnmp_link_has_engine(session->link) ? ZSNMP_OK : err;
    } else if (can_recover(session, of, err)) {
        of->run.outcome = ZSNMP_OUTCOME_RECOVER;
    } else {
        bool unsure = of->op == ZSNMP_SET && of->run.refused < of->run.tries;
        of->run.hint = unsure ? ZSNMP_E_TIMEOUT : err;
        return false;
    }
    of->run.reqid = 0;
    return true;
}

static void on_trip(void *owner)
{
    struct zsnmp_session *session = owner;
    ZSNMP_COUNT(session->worker, hook_trips);
}

const struct zsnmp_link_ops zsnmp_session_ops = {
    .send = on_send, .answer = on_answer, .report = on_report, .trip = on_trip};
