// Values on their way through MessagePack: nothing may change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '@msgpack/msgpack';
import { endOfMibView, noSuchInstance, noSuchObject } from '../src/index.js';
import { decodeBody, encodeBody, encodeRequest } from '../src/wire.js';

const through = (value) => decodeBody(encodeRequest({ value }, 1))[0].value;

test('integers come back as they went, as numbers where these are exact', () => {
    const numbers = [0, 1, -1, 127, 128, -32, -33, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32 - 1, 2 ** 32,
        -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1];
    for (const number of numbers) {
        assert.equal(through(number), number);
        assert.equal(through(BigInt(number)), number);
    }
    for (const big of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 63n)]) {
        assert.equal(through(big), big);
    }
    for (const beyond of [2n ** 64n, -(2n ** 63n) - 1n]) {
        assert.throws(() => encodeRequest({ value: beyond }, 1), RangeError);
    }
});

test('integers are integers on the wire, whatever their size', () => {
    const first = (value) => encodeRequest({ v: value }, 1)[7]; // behind the id and the key
    assert.equal(first(5_000_000_000), 0xcf);
    assert.equal(first(-5_000_000_000), 0xd3);
    assert.equal(first(0xffffffff), 0xce);
    assert.equal(first(5n), 5);
    assert.equal(first(1.5), 0xcb);
});

test('floats, bytes, text and exceptions', () => {
    for (const value of [0.1, -1.5, 1e300, Infinity, '', 'ä€😀', true, false, null]) {
        assert.equal(through(value), value);
    }
    assert.ok(Number.isNaN(through(NaN)));
    for (const bytes of [Buffer.alloc(0), Buffer.from([0, 255]), Buffer.alloc(70_000, 7)]) {
        assert.ok(Buffer.isBuffer(through(bytes)));
        assert.deepEqual(through(bytes), bytes);
        assert.deepEqual(through(new Uint8Array(bytes)), bytes);
    }
    for (const exception of [noSuchObject, noSuchInstance, endOfMibView]) {
        assert.equal(through(exception), exception);
    }
});

test('bytes do not keep the message in memory that they came in', () => {
    const reply = { small: Buffer.from('abc'), large: Buffer.alloc(100_000) };
    const body = Buffer.from(encodeRequest(reply, 1));
    const [{ small }] = decodeBody(body);
    assert.notEqual(small.buffer, body.buffer);
    assert.ok(small.buffer.byteLength < 100_000);
});

test('what is undefined is left out, and the id is always the one of the client', () => {
    const bytes = encodeRequest({ op: 'get', id: 'mine', none: undefined }, 7);
    assert.deepEqual(decode(bytes), { op: 'get', id: 7 });
});

test('a body of several requests is an array of them', () => {
    for (const count of [1, 2, 15, 16, 255, 256, 1000]) {
        const requests = Array.from({ length: count }, (_, i) => encodeRequest({}, i + 1));
        const replies = decodeBody(encodeBody(requests));
        assert.deepEqual(replies, Array.from({ length: count }, (_, i) => ({ id: i + 1 })));
    }
});

test('what is no reply is refused', () => {
    for (const hex of ['', '05', '9105', 'c0', '81', '8080', '91c0', 'c1']) {
        assert.throws(() => decodeBody(Buffer.from(hex, 'hex')), hex);
    }
});
