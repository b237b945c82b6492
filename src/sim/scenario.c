/*
 * See scenario.h. docs/SIMULATOR.md says of each what a manager should make of it; a test holds
 * the two together.
 */
#include "sim/scenario.h"

#include <string.h>

static const struct zsnmp_sim_scenario scenarios[] = {
    /* walks */
    {"walk-same", "a walk gets the name it asked again, for ever", "walk=same"},
    {"walk-loop", "a walk goes back to the first row of a column, for ever", "walk=loop"},
    {"walk-decrease", "one name of a column is smaller than the one before it", "walk=decrease"},
    {"walk-swap", "two neighbours come in the wrong order", "walk=swap"},
    {"walk-endless", "a column never ends: its names are made up and grow", "walk=endless"},
    {"walk-out-of-tree", "one name is of another tree; behind it the walk comes back",
     "walk=out-of-tree"},
    {"walk-stop", "a row cannot be read: genErr, v1 noSuchName", "walk=stop"},
    {"walk-silent", "behind a row nothing is answered", "walk=silent"},
    {"walk-early-end", "endOfMibView in the middle of a column", "walk=early-end"},
    {"walk-no-end", "at the end noSuchName instead of endOfMibView", "walk=no-end"},
    {"walk-exceptions", "GETNEXT gives rows with noSuchInstance for a value", "walk=exceptions"},
    /* sizes and limits */
    {"small-messages", "no message is longer than 484 bytes", "max-size=484"},
    {"bulk-toobig", "GETBULK of more than 10 repetitions is tooBig", "bulk-toobig-above=10"},
    {"bulk-silent", "GETBULK is never answered", "silent=getbulk"},
    {"bulk-silent-above", "GETBULK of more than 10 repetitions is not answered",
     "bulk-silent-above=10"},
    {"varbinds-toobig", "more than 10 varbinds are tooBig", "varbinds-max=10"},
    {"varbinds-generr", "more than 10 varbinds get genErr", "varbinds-generr-above=10"},
    {"varbinds-silent", "more than 10 varbinds are not answered", "varbinds-silent-above=10"},
    {"varbinds-cut", "only the first 10 varbinds are answered", "varbinds-cut=10"},
    {"long-value", "values of 60,000 bytes, whatever the largest message", "long-value=60000"},
    /* silence */
    {"dead", "nothing is answered", "dead"},
    {"get-silent", "GET is not answered, walks are", "silent=get"},
    {"set-silent", "SET is not answered and not carried out", "silent=set"},
    {"first-request-lost", "the first request is lost", "drop=1"},
    {"first-reply-lost", "the first request is carried out, its reply lost", "drop-replies=1"},
    /* the way */
    {"lossy", "a tenth of all requests is lost", "loss=10"},
    {"slow", "replies take 300 ms", "delay=300"},
    {"jitter", "replies take 20 to 220 ms", "delay=20+200"},
    {"late", "replies take 2.5 seconds, longer than many time-outs", "delay=2500"},
    {"duplicates", "each reply comes three times", "duplicate=3"},
    {"storm", "each reply comes a hundred times", "duplicate=100"},
    {"reorder", "every fourth reply is overtaken by the three behind it", "reorder=3"},
    {"bad-line", "loss, delay, jitter, duplicates and overtaking at once",
     "loss=5 delay=20+80 duplicate reorder=2"},
    /* who answers */
    {"other-port", "replies leave from another port", "source=port"},
    {"other-address", "replies leave from another address", "source=address"},
    {"wrong-id", "the request-id of replies is wrong, in v3 the msgID", "wrong-id"},
    {"wrong-id-first", "the request-id of the first three replies is wrong", "wrong-id=3"},
    {"wrong-request-id", "the request-id is wrong, in v3 too with a msgID that is right",
     "wrong-request-id"},
    {"wrong-version", "replies are of another version", "wrong-version"},
    {"wrong-community", "replies carry another community", "wrong-community"},
    {"stranger-report", "a v3 report comes before each reply of v1 and v2c", "stranger-report"},
    /* what is no message */
    {"garbage", "replies are random bytes", "garbage"},
    {"garbage-before", "random bytes come before each reply", "garbage-before"},
    {"garbage-first", "the first three replies are random bytes", "garbage=3"},
    {"truncated", "replies end behind 40 bytes", "truncate=40"},
    {"empty-datagram", "replies are datagrams of no bytes", "truncate=0"},
    {"overlong-value", "the last value claims to be longer than the message", "overlong-value"},
    /* what is no answer */
    {"empty", "replies have no varbinds and no error", "empty"},
    {"missing-varbind", "replies lack the last varbind", "missing-varbind"},
    {"extra-varbind", "replies have a varbind that nobody asked", "extra-varbind"},
    {"wrong-name", "GET and SET get other names than they asked", "wrong-name"},
    {"wrong-type", "values have wrong types", "wrong-type"},
    {"empty-value", "values have no bytes, counters too", "empty-value"},
    /* error-status */
    {"error-generr", "genErr for the first varbind of every request", "error=genErr:1"},
    {"error-toobig", "tooBig, however little is asked", "error=tooBig"},
    {"error-index", "genErr with an error-index of 99", "error=genErr:99"},
    {"error-unknown", "an error-status that does not exist, 200", "error=200"},
    {"error-none", "noError with an error-index, and no values", "error=noError:1"},
    {"error-resource", "resourceUnavailable, in v1 too", "error=resourceUnavailable"},
    {"set-fails", "every SET gets commitFailed", "error=commitFailed:1 only=set"},
    /* restarts, clocks and engines of SNMPv3 */
    {"reboot-in-walk", "a restart behind the third request", "reboot=after:3"},
    {"clock-frozen", "snmpEngineTime stands", "clock=frozen"},
    {"clock-slow", "snmpEngineTime loses a tenth", "clock=0.9"},
    {"clock-fast", "snmpEngineTime runs a hundred times too fast", "clock=100"},
    {"boots-back", "snmpEngineBoots and snmpEngineTime go back to 0", "boots=0 time=0"},
    {"boots-latched", "snmpEngineBoots is at its end, 2147483647", "boots=2147483647"},
    {"engine-change", "another engine id, as if the device had been replaced",
     "engine-id=80000000aabbccdd boots=1 time=0"},
    {"clones", "all devices have one engine id, each its own clock", "engine-id=8000000001020304"},
    /* reports that are forged, and users */
    {"forged-engine", "before each reply somebody forges unknownEngineID", "forge=unknownEngineID"},
    {"forged-time", "before each reply somebody forges notInTimeWindow", "forge=notInTimeWindow"},
    {"forged-user", "before each reply somebody forges unknownUserName", "forge=unknownUserName"},
    {"forged-digest", "before each reply somebody forges wrongDigest", "forge=wrongDigest"},
    {"forged-level", "before each reply somebody forges unsupportedSecLevel",
     "forge=unsupportedSecLevel"},
    {"forged-decryption", "before each reply somebody forges decryptionError",
     "forge=decryptionError"},
    {"forged-and-lost", "a forged wrongDigest, and the first reply is lost",
     "forge=wrongDigest drop-replies=1"},
    {"user-gone", "the users sha and sha-aes128 are gone", "no-user=sha no-user=sha-aes128"},
    {"password-changed", "the users sha and sha-aes128 have another pass phrase",
     "user=sha:authNoPriv:SHA:changed-pass-phrase "
     "user=sha-aes128:authPriv:SHA:changed-pass-phrase:AES:privpass-aes128"},
    {"silent-decrypt",
     "another privacy pass phrase for sha-aes128; what does not decrypt is dropped",
     "silent-decrypt user=sha-aes128:authPriv:SHA:authpass-sha:AES:changed-pass-phrase"},
};

const struct zsnmp_sim_scenario *zsnmp_sim_scenario_nth(size_t index)
{
    return index < sizeof scenarios / sizeof scenarios[0] ? &scenarios[index] : NULL;
}

void zsnmp_sim_scenario_list(FILE *to)
{
    const struct zsnmp_sim_scenario *s = NULL;
    for (size_t i = 0; (s = zsnmp_sim_scenario_nth(i)) != NULL; i++) {
        (void)fprintf(to, "%-20s %s\n", s->name, s->summary);
    }
}

static const struct zsnmp_sim_scenario *find(const char *name, size_t len)
{
    const struct zsnmp_sim_scenario *s = NULL;
    for (size_t i = 0; (s = zsnmp_sim_scenario_nth(i)) != NULL; i++) {
        if (strlen(s->name) == len && memcmp(s->name, name, len) == 0) {
            return s;
        }
    }
    return NULL;
}

bool zsnmp_sim_scenario_add(struct zsnmp_sim_faults *faults, const char *text, uint64_t uptime_cs,
                            char error[ZSNMP_SIM_RULE_ERROR_MAX])
{
    char line[ZSNMP_SIM_RULE_MAX];
    size_t len = strcspn(text, "=");
    const struct zsnmp_sim_scenario *s = find(text, len);
    if (s == NULL) {
        (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX,
                       "no such scenario: %.100s (zsnmp-sim --scenario list names them)", text);
        return false;
    }
    int n =
        snprintf(line, sizeof line, "%s: %s", text[len] == '=' ? text + len + 1 : "*", s->actions);
    if (n < 0 || (size_t)n >= sizeof line) {
        (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX, "selector too long");
        return false;
    }
    return zsnmp_sim_faults_add(faults, line, uptime_cs, error);
}
