// Patch 0013: a variable has little room for its name, and names of any length are kept all the
// same.
#include "util.h"

static void check_name(size_t length)
{
    oid name[MAX_OID_LEN];
    long number = 7;
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_SET);
    netsnmp_pdu *copy;
    const netsnmp_variable_list *vp;

    for (size_t i = 0; i < length; i++) {
        name[i] = i < 2 ? 1 : 4294967295U - i;
    }
    vp = snmp_pdu_add_variable(pdu, name, length, ASN_INTEGER, &number, sizeof(number));
    CHECK(vp && vp->name_length == length &&
          netsnmp_oid_equals(vp->name, length, name, length) == 0);
    copy = snmp_clone_pdu(pdu);
    vp = copy->variables;
    CHECK(vp && vp->name_length == length &&
          netsnmp_oid_equals(vp->name, length, name, length) == 0);
    snmp_free_pdu(copy);
    vp = pdu->variables;
    CHECK(netsnmp_oid_equals(vp->name, length, name, length) == 0);
    // Into a variable that has a name already, a longer and a shorter one.
    CHECK(snmp_set_var_objid(pdu->variables, name, MAX_OID_LEN < length ? length : 3) == 0);
    CHECK(pdu->variables->name_length == (MAX_OID_LEN < length ? length : 3));
    CHECK(snmp_set_var_objid(pdu->variables, name, length) == 0);
    CHECK(netsnmp_oid_equals(pdu->variables->name, length, name, length) == 0);
    snmp_free_pdu(pdu);
}

// What came in a message: built by one session, parsed as a message of another.
static void check_parsed(size_t length)
{
    oid name[MAX_OID_LEN];
    u_char packet[4096];
    size_t size = sizeof(packet);
    u_char *end;
    size_t left;
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
    netsnmp_pdu *parsed = snmp_pdu_create(SNMP_MSG_GET);

    for (size_t i = 0; i < length; i++) {
        name[i] = i < 2 ? 1 : i;
    }
    CHECK(snmp_add_null_var(pdu, name, length));
    pdu->reqid = 5;
    end = snmp_pdu_build(pdu, packet, &size);
    CHECK(end);
    left = (size_t)(end - packet);
    CHECK(snmp_pdu_parse(parsed, packet, &left) == 0);
    CHECK(parsed->variables && parsed->variables->name_length == length);
    CHECK(netsnmp_oid_equals(parsed->variables->name, length, name, length) == 0);
    snmp_free_pdu(parsed);
    snmp_free_pdu(pdu);
}

int main(void)
{
    library_init();
    CHECK(sizeof(netsnmp_variable_list) < 512);
    for (size_t length = 2; length <= MAX_OID_LEN; length++) {
        check_name(length);
        check_parsed(length);
    }
    return 0;
}
