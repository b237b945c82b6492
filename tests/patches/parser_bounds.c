// Patch 0010: no message is read past its end. Messages lie directly before a page that cannot be
// read, so that this shows in every build; AddressSanitizer sees the keys too.
#include "util.h"

#include <sys/mman.h>
#include <unistd.h>

static const u_char KEY[KEY_LENGTH] = "an authentication k.";
static const u_char DES_KEY[16] = "sixteen octets.";

struct fence {
    u_char *pages;
    size_t page;
};

static struct fence fence_new(void)
{
    struct fence fence = {.page = (size_t)sysconf(_SC_PAGESIZE)};

    fence.pages =
        mmap(NULL, 2 * fence.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(fence.pages != MAP_FAILED);
    CHECK(mprotect(fence.pages + fence.page, fence.page, PROT_NONE) == 0);
    return fence;
}

static u_char *before_the_fence(const struct fence *fence, const u_char *bytes, size_t length)
{
    u_char *at = fence->pages + fence->page - length;

    CHECK(length <= fence->page);
    memcpy(at, bytes, length);
    return at;
}

static void *open_signed(struct wire *wire)
{
    struct v3 how = {.name = "u",
                     .level = SNMP_SEC_LEVEL_AUTHNOPRIV,
                     .engine = ENGINE_A,
                     .engine_length = sizeof(ENGINE_A),
                     .auth_key = KEY,
                     .flags = SNMP_FLAGS_SESSION_USER};

    return open_v3(wire, &how);
}

// Cut anywhere, with all outer lengths left as they are or made to fit what is left.
static void test_truncated_messages(const struct fence *fence)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_signed(&wire);

    CHECK(send_get(sessp, count_callback, &seen));
    for (size_t cut = 1; cut < wire.length; cut++) {
        u_char *at = before_the_fence(fence, wire.last, cut);

        CHECK(netsnmp_sess_process_packet(sessp, at, cut, NULL, 0) < 0);
        if (cut > 4) {
            at = before_the_fence(fence, wire.last, cut);
            CHECK(at[1] < 0x80 || at[1] == 0x81);
            at[at[1] == 0x81 ? 2 : 1] = (u_char)(cut - (at[1] == 0x81 ? 3 : 2));
            CHECK(netsnmp_sess_process_packet(sessp, at, cut, NULL, 0) < 0);
        }
    }
    CHECK(seen.received == 0);
    CHECK(snmp_sess_close(sessp));
}

// The lengths inside the security parameters may say more than there is.
static void test_security_parameters_beyond_the_end(const struct fence *fence)
{
    struct wire wire = {0};
    void *sessp = open_signed(&wire);

    CHECK(send_get(sessp, NULL, NULL));
    for (size_t at = 2; at < wire.length; at++) {
        for (int longer = 1; longer <= 64; longer++) {
            u_char *message = before_the_fence(fence, wire.last, wire.length);

            message[at] = (u_char)(message[at] + longer);
            (void)netsnmp_sess_process_packet(sessp, message, wire.length, NULL, 0);
        }
    }
    CHECK(snmp_sess_close(sessp));
}

// The message ends with the header; the security parameters start, but their length lies.
static void test_header_alone(const struct fence *fence)
{
    struct wire wire = {0};
    void *sessp = open_signed(&wire);
    u_char *message;
    size_t header;

    CHECK(send_get(sessp, NULL, NULL));
    header = (size_t)(after(after(element_at(wire.last).value)) - wire.last);
    for (size_t rest = 2; rest < 12; rest++) {
        message = before_the_fence(fence, wire.last, header + rest);
        message[message[1] == 0x81 ? 2 : 1] =
            (u_char)(header + rest - (message[1] == 0x81 ? 3 : 2));
        CHECK(netsnmp_sess_process_packet(sessp, message, header + rest, NULL, 0) < 0);
    }
    CHECK(snmp_sess_close(sessp));
}

static void set_des_key(netsnmp_session *session, size_t length)
{
    static const oid des[] = {1, 3, 6, 1, 6, 3, 10, 1, 2, 2};
    u_char *key = malloc(length);

    CHECK(key);
    memcpy(key, DES_KEY, length);
    netsnmp_sess_reset_user(session);
    SNMP_FREE(session->securityPrivProto);
    session->securityPrivProto = snmp_duplicate_objid(des, OID_LENGTH(des));
    session->securityPrivProtoLen = OID_LENGTH(des);
    session->securityPrivLocalKey = key;
    session->securityPrivLocalKeyLen = length;
    session->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    (void)create_user_from_session(session);
    session->securityPrivLocalKey = NULL;
    free(key);
}

static void test_short_des_key(void)
{
    struct wire wire = {0};
    struct wire unused = {0};
    void *full = open_signed(&wire);
    void *cut = open_signed(&unused);
    u_int errors;

    set_des_key(snmp_sess_session(full), sizeof(DES_KEY));
    CHECK(send_get(full, NULL, NULL));
    errors = snmp_get_statistic(STAT_USMSTATSDECRYPTIONERRORS);
    set_des_key(snmp_sess_session(cut), 8);
    CHECK(netsnmp_sess_process_packet(cut, wire.last, wire.length, NULL, 0) < 0);
    CHECK(snmp_get_statistic(STAT_USMSTATSDECRYPTIONERRORS) == errors + 1);
    set_des_key(snmp_sess_session(cut), 4);
    CHECK(send_get(cut, NULL, NULL) == 0);
    CHECK(snmp_sess_close(full));
    CHECK(snmp_sess_close(cut));
}

static void test_subidentifier_of_too_many_bits(void)
{
    // 2^35 + 5, and a number whose low 64 bits are 5
    u_char long_one[] = {0x06, 0x07, 0x2b, 0x81, 0x80, 0x80, 0x80, 0x80, 0x05};
    u_char wrapped[] = {0x06, 0x0c, 0x2b, 0x82, 0x80, 0x80, 0x80,
                        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x05};
    u_char greatest[] = {0x06, 0x06, 0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f};
    oid name[MAX_OID_LEN];
    size_t name_length = MAX_OID_LEN;
    size_t length = sizeof(long_one);
    u_char type;

    CHECK(asn_parse_objid(long_one, &length, &type, name, &name_length) == NULL);
    length = sizeof(wrapped);
    name_length = MAX_OID_LEN;
    CHECK(asn_parse_objid(wrapped, &length, &type, name, &name_length) == NULL);
    length = sizeof(greatest);
    name_length = MAX_OID_LEN;
    CHECK(asn_parse_objid(greatest, &length, &type, name, &name_length));
    CHECK(name_length == 3 && name[2] == 0xffffffffUL && length == 0);
}

static void test_opaque_leaves_the_right_rest(void)
{
    u_char int64[] = {0x44, 0x04, 0x9f, 0x7a, 0x01, 0x05, 0x05, 0x00};
    u_char uint64[] = {0x44, 0x04, 0x9f, 0x7b, 0x01, 0x05, 0x05, 0x00};
    u_char one[] = {0x44, 0x07, 0x9f, 0x78, 0x04, 0x3f, 0x80, 0, 0, 0x05, 0x00};
    struct counter64 value;
    size_t length = sizeof(int64);
    float f;
    u_char type;

    CHECK(asn_parse_signed_int64(int64, &length, &type, &value, sizeof(value)) == int64 + 6);
    CHECK(length == 2 && value.low == 5 && value.high == 0);
    length = sizeof(uint64);
    CHECK(asn_parse_unsigned_int64(uint64, &length, &type, &value, sizeof(value)) == uint64 + 6);
    CHECK(length == 2 && value.low == 5 && value.high == 0);
    length = sizeof(one);
    CHECK(asn_parse_float(one, &length, &type, &f, sizeof(f)));
    CHECK(length == 2 && f > 0.9f && f < 1.1f);
}

int main(void)
{
    struct fence fence = fence_new();

    library_init();
    test_truncated_messages(&fence);
    test_header_alone(&fence);
    test_security_parameters_beyond_the_end(&fence);
    test_short_des_key();
    test_subidentifier_of_too_many_bits();
    test_opaque_leaves_the_right_rest();
    return 0;
}
