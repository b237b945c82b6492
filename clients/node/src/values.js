// Values of SNMP for which JavaScript has none of its own.

/**
 * What a device says in place of a value (RFC 3416 section 3). There are three of these and no others, so
 * they can be compared with ===.
 */
export class NoValue {
    constructor(name, type) {
        this.name = name;
        this.type = type;
        Object.freeze(this);
    }

    toString() {
        return this.name;
    }

    toJSON() {
        return this.name;
    }
}

export const noSuchObject = new NoValue('noSuchObject', 128);
export const noSuchInstance = new NoValue('noSuchInstance', 129);
export const endOfMibView = new NoValue('endOfMibView', 130);

const noValues = new Map([noSuchObject, noSuchInstance, endOfMibView].map((value) => [value.type, value]));

/** The NoValue of an ASN.1 tag, undefined for the tag of a value. */
export function noValueOf(type) {
    return noValues.get(type);
}

/** ASN.1 tags as they stand in the `type` of a varbind, under the names that net-snmp has for them. */
export const ObjectType = Object.freeze({
    Integer: 2,
    OctetString: 4,
    Null: 5,
    OID: 6,
    IpAddress: 64,
    Counter: 65,
    Gauge: 66,
    TimeTicks: 67,
    Opaque: 68,
    NsapAddress: 69,
    Counter64: 70,
    UInteger32: 71,
    OpaqueCounter64: 118,
    OpaqueFloat: 120,
    OpaqueDouble: 121,
    OpaqueInteger64: 122,
    OpaqueUnsigned64: 123,
    NoSuchObject: 128,
    NoSuchInstance: 129,
    EndOfMibView: 130,
});

// The letters of the protocol for what can be set, so that a varbind that was read can be written again.
const letters = new Map([
    [ObjectType.Integer, 'i'],
    [ObjectType.OctetString, 's'],
    [ObjectType.Null, 'n'],
    [ObjectType.OID, 'o'],
    [ObjectType.IpAddress, 'a'],
    [ObjectType.Counter, 'c'],
    [ObjectType.Gauge, 'u'],
    [ObjectType.TimeTicks, 't'],
    [ObjectType.Counter64, 'C'],
    [ObjectType.OpaqueFloat, 'F'],
    [ObjectType.OpaqueDouble, 'D'],
    [ObjectType.OpaqueInteger64, 'I'],
    [ObjectType.OpaqueUnsigned64, 'U'],
]);

/** `[oid, type, value]` of the protocol, from that or from a varbind. */
export function setting(item) {
    const [oid, type, value] = Array.isArray(item) ? item : [item.oid, item.type, item.value];
    return [oid, letters.get(type) ?? type, value];
}

/** The varbinds of a reply in list form as objects; the reply has them in place of the lists. */
export function withVarbinds(reply) {
    const varbinds = [];
    for (const [oid, type, value] of reply.varbinds ?? []) {
        varbinds.push({ oid, type, value: noValues.get(type) ?? value });
    }
    reply.varbinds = varbinds;
    return reply;
}
