/*
 * A deterministic simulation of one worker: its real code, with a clock that somebody turns, a
 * network in memory and devices of all sorts, in one thread and from a seed. What the engine
 * promises is checked all the while.
 *
 *   main.c      seeds, and what is printed of them
 *   world.c     draws a world, turns its clock
 *   client.c    draws requests, cancels, surveys and the stop
 *   network.c   stands in for clock, random numbers, UDP and TCP of the engine
 *   agent.c     what devices answer       lies.c  … and what they answer falsely
 *   mib.c       what they have to tell
 *   check.c     what has to be true of worker and packets
 *   truth.c     what has to be true of replies
 *   walks.c     … of walks         parts.c   takes their parts, and gives them back
 */
#ifndef SIMULATION_WORLD_H
#define SIMULATION_WORLD_H

#include "pool/inside.h"
#include "sim/ber.h"

#define WORLD_DEVICES_MAX 12u
#define WORLD_TICKETS_MAX 400u
#define WORLD_ITEMS_MAX 40u
#define WORLD_ROWS_MAX 400u
#define WORLD_IDS_MAX 16u /* sub-identifiers of a name */
#define WORLD_CLIENTS_MAX 4u
#define WORLD_ROOTS_MAX 5u /* of a walk */
#define WORLD_SET_IDS 8u   /* under which version 3 may send a SET that was refused each time */
#define WORLD_SURVEY_ROWS 8u
#define WORLD_HOURS_MAX 6 /* after which it hangs */
#define WORLD_ROUNDS_MAX 400000u

/* ---- chance ---- */

struct chance {
    uint64_t state;
};

uint64_t chance_next(struct chance *self);
uint32_t chance_below(struct chance *self, uint32_t n); /* n > 0 */
int64_t chance_between(struct chance *self, int64_t low, int64_t high);
bool chance_hits(struct chance *self, uint32_t percent);

/* ---- mib.c ---- */

struct name {
    uint32_t ids[WORLD_IDS_MAX];
    uint8_t len;
};

enum row_kind {
    ROW_STAMP,  /* Gauge32: milliseconds of the clock when it was read */
    ROW_SERIAL, /* Counter32: SETs that the device has carried out; can be set */
    ROW_TEXT,   /* the others follow from the name */
    ROW_NUMBER,
    ROW_ADDRESS,
    ROW_OID
};

struct row {
    struct name name;
    uint8_t kind;
    uint32_t seed;
};

struct device;
struct ticket;

void mib_draw(struct device *device);
int mib_compare(const struct name *a, const uint32_t *ids, size_t len);
/* NULL: there is no such row; no row behind it. */
const struct row *mib_find(const struct device *device, const uint32_t *ids, size_t len);
const struct row *mib_after(const struct device *device, const uint32_t *ids, size_t len);
/* Adds a varbind with the value of the row as it is now. */
bool mib_put(const struct device *device, const struct row *row, struct zsnmp_sim_out *out);
/* Whether the varbind can be what the device told about the row to whom it may concern. */
bool mib_could_be(const struct device *device, const struct row *row, const zsnmp_varbind_t *vb,
                  const struct ticket *asked);

/* ---- devices ---- */

enum lie {
    LIE_LOOP,      /* GETNEXT: the same name again */
    LIE_BACK,      /* … or one before it */
    LIE_SHORT,     /* leaves varbinds out */
    LIE_LONG,      /* adds some */
    LIE_NAME,      /* answers with other names */
    LIE_STATUS,    /* any error-status, any index */
    LIE_EXCEPTION, /* noSuchObject to all */
    LIE_COUNT
};

enum noise {
    NOISE_GARBAGE,   /* random bytes */
    NOISE_CUT,       /* an answer that is cut */
    NOISE_TAIL,      /* an answer with a varbind that is malformed */
    NOISE_ID,        /* another id */
    NOISE_ADDRESS,   /* from another address */
    NOISE_SOCKET,    /* to another socket of ours */
    NOISE_COMMUNITY, /* another community */
    NOISE_VERSION,   /* another version */
    NOISE_TYPE,      /* no response */
    NOISE_COUNT
};

struct device {
    uint32_t number;
    struct zsnmp_addr addr;
    char peer[ZSNMP_ADDR_TEXT_MAX];
    struct row *rows;
    uint32_t row_count;
    /* the way to it */
    uint32_t loss; /* percent, each direction */
    uint32_t doubles;
    uint32_t refusals; /* percent of packets that the kernel refuses to send */
    int64_t delay_us;  /* one direction, at least */
    int64_t jitter_us;
    int64_t dies_us; /* between these it is silent */
    int64_t returns_us;
    /* what it can do; 0: anything */
    uint32_t names_max;  /* of a request, else tooBig */
    uint32_t names_mute; /* … else silence */
    uint32_t bulk_max;   /* repetitions of a GETBULK, else tooBig */
    uint32_t bulk_mute;  /* … else silence */
    uint32_t bulk_rows;  /* varbinds of the answer to a GETBULK, at the most */
    bool no_bulk;
    bool cramped; /* everything is tooBig */
    bool speaks_v3;
    int64_t engine_us; /* its engine id changes so often; 0: never */
    uint8_t version;   /* that it is asked with, where that is always the same */
    uint32_t lies;     /* bits 1 << enum lie; 0: it is honest */
    uint32_t lies_percent;
    uint32_t noise; /* bits 1 << enum noise */
    uint32_t noise_percent;
    /* what was */
    uint32_t serial; /* SETs carried out */
    uint32_t floor;  /* … that those who asked know of */
    int64_t sent_us; /* last packet to it */
    int64_t gap_us;  /* that it wanted kept */
    bool keeps;      /* any interval at all */
    int64_t probe_us;
    uint32_t unqueued; /* walks that may come to wait for it without having been in its queue */
};

static inline bool device_is_honest(const struct device *self)
{
    return self->lies == 0;
}

/* Answers everything, and in time. */
bool device_is_healthy(const struct device *self);

/* ---- requests ---- */

/* Where the walk of a root begins. */
struct place {
    bool over;      /* nothing is left of it */
    struct name at; /* of no length: at the root */
};

/* Of the last row; devices may tell longer names than they have. */
struct position {
    uint32_t ids[ZSNMP_OID_MAX];
    size_t len;
};

/* Where the rows of a walk have come to. */
struct progress {
    uint32_t root;
    struct position last;
    uint32_t rows;
};

struct ticket {
    uint32_t number;
    uint32_t place; /* in world.live */
    struct device *device;
    zsnmp_request_t *request; /* until it is over */
    uint64_t handle;
    void *owner;
    /* what is asked: kept, since others ask the same */
    uint8_t op;
    uint8_t version;
    bool wrong_community;
    bool user_with_keys;
    bool localised; /* … that fit the device */
    bool walk_bulk;
    uint16_t count;
    struct name names[WORLD_ITEMS_MAX];
    bool has_start;
    struct place starts[WORLD_ROOTS_MAX];
    uint32_t part_rows; /* 0: it comes in one */
    bool native_parts;  /* the callback of the library takes them */
    uint32_t non_repeaters;
    uint32_t repetitions;
    uint32_t limit;
    uint32_t timeout_ms;
    uint32_t retries;
    uint32_t deadline_ms;
    uint32_t window;
    uint32_t queue_max;
    uint32_t interval_ms;
    /* what became of it */
    int64_t submitted_us;
    uint32_t floor; /* SETs that were known to be done when it was submitted */
    uint32_t ends;
    bool cancelled; /* somebody asked for it */
    struct progress progress;
    struct progress lost; /* where the part began that was refused */
    int64_t part_back_us; /* the last part that is out comes back then, and no other after it */
    uint32_t parts_out;
    bool part_refused;
    bool part_lost;
    zsnmp_err_t err;
    uint32_t packets;
    int32_t reqid;              /* of its last packet */
    int32_t ids[WORLD_SET_IDS]; /* SET: the latest of all its packets */
    uint32_t applied;   /* SET: the serial that it made, when it was carried out first … */
    int32_t applied_id; /* … and under which id */
};

/* ---- events ---- */

enum event_kind {
    EVENT_TO_AGENT,
    EVENT_TO_WORKER,
    EVENT_SUBMIT,
    EVENT_CANCEL,
    EVENT_SURVEY,
    EVENT_KEYS,
    EVENT_MORE,
    EVENT_STOP
};

struct event {
    int64_t at_us;
    uint64_t order; /* of those at the same time */
    int kind;
    struct device *device;
    struct zsnmp_addr from;
    size_t socket;
    bool forged; /* must change nothing */
    void *what;
    size_t len;
    uint8_t data[];
};

/* ---- the world ---- */

struct world {
    uint64_t seed;
    struct chance chance;
    bool trace;
    bool failed; /* the first failure is told, and the rest of it is not looked at */
    char failure[400];
    uint64_t digest; /* of all that happened */
    int64_t now_us;
    int64_t horizon_us; /* until when requests are submitted */

    struct zsnmp_pool pool;
    struct zsnmp_worker *worker;
    struct zsnmp_mailbox mail; /* cancels and surveys that came back */
    uint32_t cancels;          /* out */
    uint32_t surveys;
    struct zsnmp_list refused; /* struct zsnmp_unsent */

    struct event **events; /* a heap */
    size_t event_count;
    size_t event_cap;
    uint64_t event_order;
    struct event *arrived[1024]; /* for the worker */
    size_t arrived_count;

    struct device devices[WORLD_DEVICES_MAX];
    uint32_t device_count;
    struct ticket *tickets;
    uint32_t ticket_count;
    struct ticket *live[WORLD_TICKETS_MAX]; /* accepted and not over */
    uint32_t live_count;
    uint32_t to_come;        /* submits that are still in the events */
    bool narrow;             /* everybody reads and sets the same */
    bool strict_credentials; /* each device is asked with one set of credentials only */
    bool alone;              /* nobody asks for anything but what is submitted from outside */
    bool stopped;
    uint32_t grace_ms;
    int64_t lag_us; /* the worker wakes up so late, at most */
    int64_t stall_us;
    uint32_t rounds;

    /* What a device makes of a message; agent_receive() unless told otherwise. */
    void (*agent)(struct device *device, const uint8_t *data, size_t len, size_t socket);
    /* What a completion is looked at with; NULL: nothing. */
    void (*judge)(struct ticket *ticket, const zsnmp_reply_t *reply);
};

/* There is one world at a time: the engine's clock has no place for a pointer. */
extern struct world world;

void world_open(uint64_t seed, const zsnmp_pool_options_t *options);
void world_draw(void); /* devices and clients */
void world_run(void);  /* until it has come to its end */
void world_close(void);
void world_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void world_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define MUST(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            world_fail(__VA_ARGS__);                                                               \
        }                                                                                          \
    } while (0)

/* ---- network.c ---- */

struct event *event_new(int kind, int64_t at_us, const void *data, size_t len);
void event_add(struct event *event);
struct event *event_take(int64_t until_us); /* NULL: none until then */
int64_t event_first_us(void);
/* After the worker's random numbers have begun. */
void network_reset(void);
/* A message of a device's on its way to the worker. */
void network_reply(struct device *device, const struct zsnmp_addr *from, size_t socket,
                   const uint8_t *data, size_t len, bool forged);

/* ---- client.c ---- */

#define CLIENT_AUTH_KEY_LEN 20u /* SHA-1 */
#define CLIENT_PRIV_KEY_LEN 16u /* AES-128 */
extern const uint8_t client_auth_key[CLIENT_AUTH_KEY_LEN];
extern const uint8_t client_priv_key[CLIENT_PRIV_KEY_LEN];

void client_submit(void);
void client_submit_ticket(struct ticket *ticket);
struct ticket *client_new_ticket(void);
void client_cancel(void);
void client_survey(void);
/* Asks for what is missing of a walk that is over. */
void client_go_on(const struct ticket *ticket, const struct zsnmp_request *request);
void client_read_mail(void);
void client_clear(void);

/* ---- agent.c, lies.c ---- */

/* A request as an agent reads it. */
struct question {
    int32_t version;
    struct zsnmp_sim_span community;
    uint8_t type;
    int32_t reqid;
    int32_t non_repeaters; /* error-status */
    int32_t repetitions;   /* error-index */
    uint32_t count;
    struct name names[WORLD_ITEMS_MAX];
    /* v3 */
    int32_t msg_id;
    uint8_t flags;
    struct zsnmp_sim_span engine;
    struct zsnmp_sim_span user;
    uint8_t engine_id[16]; /* of the device, now */
};

struct answer {
    struct zsnmp_sim_out out;
    int32_t status;
    int32_t index;
    uint8_t type;
};

bool question_read(struct question *self, const uint8_t *data, size_t len);
void agent_receive(struct device *device, const uint8_t *data, size_t len, size_t socket);
/* Closes the message around the varbinds; version and community as asked. */
void answer_close(struct answer *self, const struct question *question, int32_t reqid);
void answer_start(struct answer *self, uint8_t *room);
bool answer_tell(struct answer *self, const struct device *device, const struct question *question);
/* The same, but for a lie; false: it lies about nothing here. */
bool lies_tell(struct answer *self, const struct device *device, const struct question *question);
void noise_make(struct device *device, const struct question *question, size_t socket);
#define ANSWER_ROOM (ZSNMP_SIM_HEADROOM + ZSNMP_SIM_MESSAGE_MAX)

/* ---- parts.c ---- */

/* Both take a full part. */
bool parts_take_native(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg);
enum zsnmp_part_fate parts_take(struct zsnmp_request *request, struct zsnmp_mailbox *back,
                                uint64_t stream);
struct kept_part;
void parts_give_back(struct kept_part *part);

/* ---- walks.c ---- */

void walk_begin(struct ticket *ticket);
void walk_check_part(struct ticket *ticket, const zsnmp_reply_t *reply);
void walk_check_end(struct ticket *ticket, const zsnmp_reply_t *reply);
/* Where a root of it goes on; of no length: nothing is left of it. */
struct position walk_place(const struct zsnmp_request *request, const struct zsnmp_item *root);

/* ---- check.c, truth.c ---- */

/* Always with the number of the request in front. */
#define TRUE_OF(self, condition, text)                                                             \
    MUST(condition, "request %u: %s (%s, %s)", (self)->number, text,                               \
         zsnmp_error_name(reply->error), zsnmp_stop_name(reply->stop))

/* The engine may have forgotten the device, and when it was sent something, before a packet. */
void check_memory(const struct zsnmp_device *to);
void check_send(const struct zsnmp_device *to, int32_t id, const uint8_t *data, size_t len);
void check_round(void);
void check_end(void);
void truth_check(struct ticket *ticket, const zsnmp_reply_t *reply);
/* Whether the varbind tells what the row has to say. */
bool truth_is_right(const struct ticket *ticket, const struct row *row, const zsnmp_varbind_t *vb);
struct device *world_device(const struct zsnmp_addr *addr);

#endif
