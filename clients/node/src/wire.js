// Requests to bytes and bytes to replies: MessagePack without loss.

import { Decoder, Encoder, ExtData, ExtensionCodec } from '@msgpack/msgpack';
import { NoValue, noValueOf } from './values.js';

// The service refuses a body that is nested more deeply than 16, and all that is in it; one level is the
// array of a batch.
const DEPTH_MAX = 15;
const PAIRS_MAX = 64;

const EXCEPTION_EXT = 1;

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
    type: EXCEPTION_EXT,
    encode: (value) => (value instanceof NoValue ? Uint8Array.of(value.type) : null),
    decode: (bytes) => noValueOf(bytes[0]) ?? new ExtData(EXCEPTION_EXT, bytes),
});

const encoder = new Encoder({ extensionCodec, useBigInt64: true, ignoreUndefined: true });
const decoder = new Decoder({ extensionCodec, useBigInt64: true });

const fits32 = (value) => value >= -0x80000000 && value <= 0xffffffff;

/**
 * A value as the encoder has to get it. By itself it would make floats of integers beyond 32 bits, wrap
 * bigints beyond 64 bits, and make empty maps of a Map or a Set.
 */
function encodable(value, depth) {
    switch (typeof value) {
    case 'number':
        return Number.isSafeInteger(value) && !fits32(value) ? BigInt(value) : value;
    case 'bigint':
        if (value !== BigInt.asIntN(64, value) && value !== BigInt.asUintN(64, value)) {
            throw new RangeError(`${value} does not fit into 64 bits`);
        }
        return fits32(value) ? Number(value) : value;
    case 'object':
        return value === null ? null : encodableObject(value, depth);
    default:
        return value;
    }
}

function encodableObject(object, depth) {
    if (depth > DEPTH_MAX) {
        throw new RangeError('nested too deeply');
    }
    if (Array.isArray(object)) {
        return object.map((item) => encodable(item, depth + 1));
    }
    if (ArrayBuffer.isView(object) || object instanceof NoValue || object instanceof ExtData) {
        return object;
    }
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) {
        throw new TypeError(`a ${object.constructor?.name ?? 'class'} can not be sent`);
    }
    return encodableMap(object, depth, {});
}

function encodableMap(object, depth, map) {
    for (const key of Object.keys(object)) {
        map[key] = encodable(object[key], depth + 1);
    }
    return map;
}

/** The bytes of a request under this id. Throws RangeError or TypeError where it is none. */
export function encodeRequest(request, id) {
    const map = encodableMap(request, 1, { id });
    map.id = id; // not one of the caller's
    if (Object.keys(map).length > PAIRS_MAX) {
        throw new RangeError(`more than ${PAIRS_MAX} keys`);
    }
    return encoder.encode(map);
}

/** One body of several requests: an array in MessagePack. One request stays a map. */
export function encodeBody(requests) {
    const { length } = requests;
    if (length === 1) {
        return requests[0];
    }
    const head = length < 16 ? [0x90 | length] : [0xdc, length >> 8, length & 0xff];
    return Buffer.concat([Uint8Array.from(head), ...requests]);
}

/** A value as a program wants it: integers are numbers where these are exact, bytes are Buffers. */
function natural(value) {
    if (typeof value === 'bigint') {
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : value;
    }
    if (typeof value !== 'object' || value === null) {
        return value;
    }
    if (value instanceof Uint8Array) {
        return Buffer.from(value); // a copy, as a view would keep the whole message in memory
    }
    if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
            value[i] = natural(value[i]);
        }
    } else if (Object.getPrototypeOf(value) === Object.prototype) {
        for (const key of Object.keys(value)) {
            value[key] = natural(value[key]);
        }
    }
    return value;
}

/** The replies of a body. Throws where it is none. */
export function decodeBody(bytes) {
    const body = natural(decoder.decode(bytes));
    const replies = Array.isArray(body) ? body : [body];
    for (const reply of replies) {
        if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) {
            throw new TypeError('a reply has to be a map');
        }
    }
    return replies;
}
