// Calls, results, errors, cancelling and batches.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
    Client, DeliveryError, DeviceError, ObjectType, RequestError, ServiceError, ServiceLostError, SnmpError,
    UsmError, noSuchInstance, noSuchObject,
} from '../src/index.js';
import { Service, failure, until } from './service.js';

const SYS_NAME = '1.3.6.1.2.1.1.5.0';
const SYS_LOCATION = '1.3.6.1.2.1.1.6.0';
const IF_TABLE = '1.3.6.1.2.1.2.2';
const HC_IN = '1.3.6.1.2.1.31.1.1.1.6.1';

let service;
let client;

before(async () => {
    service = await Service.start();
    client = new Client({ endpoint: service.endpoint });
});

after(async () => {
    client?.close();
    await service?.close();
});

const device = (address, options) => client.device(service.peer(address), options);

test('get gives varbinds in their order, exceptions as themselves', async () => {
    const oids = [SYS_NAME, '.1.3.6.1.2.1.1.99.0', [1, 3, 6, 1, 2, 1, 1, 5, 7]];
    const varbinds = await device('127.61.0.1').get(oids);
    assert.deepEqual(varbinds, [
        { oid: SYS_NAME, type: ObjectType.OctetString, value: Buffer.from('sim-127-61-0-1') },
        { oid: '1.3.6.1.2.1.1.99.0', type: ObjectType.NoSuchObject, value: noSuchObject },
        { oid: '1.3.6.1.2.1.1.5.7', type: ObjectType.NoSuchInstance, value: noSuchInstance },
    ]);
    assert.ok(Buffer.isBuffer(varbinds[0].value));
    assert.equal(`${varbinds[1].value}`, 'noSuchObject');
    assert.equal(JSON.stringify(varbinds[2].value), '"noSuchInstance"');
});

test('one OID needs no array, as text or as numbers', async () => {
    const [byText] = await device('127.61.0.1').get(SYS_NAME);
    const [byNumbers] = await device('127.61.0.1').get([1, 3, 6, 1, 2, 1, 1, 5, 0]);
    assert.deepEqual(byText, byNumbers);
});

test('the rest of a reply is there, and does not show', async () => {
    const varbinds = await device('127.61.0.2', { timing: true }).get(SYS_NAME);
    assert.equal(varbinds.reply.tries, 1);
    assert.ok(varbinds.reply.rtt_us > 0);
    assert.equal(varbinds.reply.peer, service.peer('127.61.0.2'));
    assert.deepEqual(Object.keys(varbinds), ['0']);
});

test('getNext and getBulk', async () => {
    const [next] = await device('127.61.0.3').getNext('1.3.6.1.2.1.1.5');
    assert.equal(next.oid, SYS_NAME);
    const bulk = await device('127.61.0.3').getBulk(['1.3.6.1.2.1.1.5', IF_TABLE],
        { nonRepeaters: 1, maxRepetitions: 3 });
    assert.equal(bulk.length, 4);
    assert.deepEqual(bulk.map(({ oid }) => oid),
        [SYS_NAME, `${IF_TABLE}.1.1.1`, `${IF_TABLE}.1.1.2`, `${IF_TABLE}.1.1.3`]);
});

test('set takes letters, types of varbinds and the triples of the protocol', async () => {
    const writable = device('127.61.0.4', { community: 'private' });
    await writable.set([{ oid: SYS_LOCATION, type: 's', value: 'rack 7' }]);
    const [read] = await writable.get(SYS_LOCATION);
    assert.equal(read.value.toString(), 'rack 7');
    await writable.set([[SYS_LOCATION, 'x', '00 ff']]);
    assert.deepEqual((await writable.get(SYS_LOCATION))[0].value, Buffer.from([0, 255]));
    await writable.set([read]);
    assert.deepEqual(await writable.get(SYS_LOCATION), [read]);
});

test('a Counter64 is a number where that is exact, and can be asked to be set up to 2^64-1', async () => {
    const [{ type, value }] = await device('127.61.0.5').get(HC_IN);
    assert.equal(type, ObjectType.Counter64);
    assert.ok(Number.isSafeInteger(value) && value > 2 ** 32, `${value}`);
    const writable = device('127.61.0.5', { community: 'private' });
    for (const number of [2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n, 5_000_000_000]) {
        const error = await failure(writable.set([[HC_IN, 'C', number]]));
        assert.equal(error.name, 'notWritable', `${number}: ${error.message}`);
    }
    for (const number of [2n ** 64n, -1, 2 ** 64]) {
        const error = await failure(writable.set([[HC_IN, 'C', number]]));
        assert.ok(error instanceof RequestError, `${number}`);
    }
});

test('table gives rows by index', async () => {
    const table = await device('127.61.0.6').table(IF_TABLE, { columns: [1, 2] });
    assert.deepEqual([...table.keys()], ['1', '2', '3', '4']);
    assert.deepEqual(table.get('1'), { 1: 1, 2: Buffer.from('lo') });
    const whole = await device('127.61.0.6').table(`.${IF_TABLE}`);
    assert.equal(Object.keys(whole.get('4')).length, 22);
    assert.deepEqual(whole.get('4')[2], table.get('4')[2]);
});

test('options have the names of the protocol, in camel case or not, and unknown ones go along', async () => {
    const v3 = device('127.61.0.7', {
        user: 'sha256-aes128', authProto: 'SHA-256', authPass: 'authpass-sha256', priv_proto: 'AES',
        priv_pass: 'privpass-aes128', somethingNew: 1,
    });
    assert.equal((await v3.get(SYS_NAME))[0].value.toString(), 'sim-127-61-0-7');
    const error = await failure(v3.get(SYS_NAME, { must: ['something_new'] }));
    assert.equal(error.name, 'unsupported');
});

test('errors tell their kind', async () => {
    await service.tell('rule 127.61.1.2: dead');
    const asked = (address, options) => device(address, options).get(SYS_NAME);
    const cases = [
        [() => device('127.61.1.1').set([[SYS_LOCATION, 's', 'x']]), DeviceError,
            { code: 6, name: 'noAccess', sent: 'yes' }],
        [() => asked('127.61.1.2', { timeoutMs: 20, retries: 0 }), DeliveryError,
            { code: 100, name: 'timeout', sent: 'maybe', retryable: true }],
        [() => asked('127.61.1.3', { user: 'nobody', timeoutMs: 20, retries: 0 }), UsmError, { code: 200 }],
        [() => asked('127.61.1.2', { deadlineMs: 20 }), ServiceError, { code: 302, name: 'deadline' }],
        [() => asked('127.61.1.4', { timeoutMs: 0 }), RequestError, { code: 400, index: 0, sent: 'no' }],
        [() => client.request({ op: 'get', peer: 'x', oids: ['1.3', 'y'] }), RequestError,
            { code: 400, index: 2 }],
        [() => client.request({ op: 'nothing' }), RequestError, { code: 401, name: 'unsupported' }],
    ];
    for (const [call, Kind, values] of cases) {
        const error = await failure(call());
        assert.ok(error instanceof SnmpError && error instanceof Error);
        assert.equal(error.constructor, Kind, error.stack);
        for (const [key, value] of Object.entries(values)) {
            assert.equal(error[key], value, `${error.name}: ${key}`);
        }
        assert.ok(error.message.length > 0);
    }
});

test('what can not be sent is refused here, and spoils no batch', async () => {
    let deep = [];
    for (let i = 0; i < 20; i++) {
        deep = [deep];
    }
    const circle = {};
    circle.circle = circle;
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`key${i}`, i]));
    const wrong = [{ deep }, circle, many, { when: new Date() }, { map: new Map([[1, 2]]) }, { call() {} },
        { sign: Symbol('x') }, { number: 2n ** 64n }, { big: Buffer.alloc(9 << 20) }];
    const results = await client.batch([...wrong.map((keys) => ({ op: 'ping', ...keys })), { op: 'ping' }]);
    assert.equal(results.pop().pong, true);
    assert.deepEqual(results.map(({ code }) => code), [400, 400, 400, 400, 400, 400, 400, 400, 402]);
    assert.ok(results.every((error) => error instanceof RequestError && error.sent === 'no'));
});

test('request takes a map of the protocol and gives the reply', async () => {
    const peer = service.peer('127.61.2.1');
    const reply = await client.request({ op: 'get', peer, oids: [SYS_NAME, '1.3.9'], exceptions: true });
    assert.deepEqual(reply.varbinds, { [SYS_NAME]: Buffer.from('sim-127-61-2-1'), '1.3.9': noSuchObject });
});

test('a batch has its results in order, errors in their places', async () => {
    const peers = Array.from({ length: 300 }, (_, i) => service.peer(`127.62.${i >> 8}.${i & 255}`));
    const requests = peers.map((peer) => ({ op: 'get', peer, oids: [SYS_NAME] }));
    requests[7] = { op: 'get', peer: peers[7], oids: [] };
    const results = await client.batch(requests);
    assert.equal(results.length, 300);
    results.forEach((result, i) => {
        if (i === 7) {
            assert.ok(result instanceof RequestError);
        } else {
            assert.equal(result.varbinds[SYS_NAME].toString(), `sim-127-62-${i >> 8}-${i & 255}`);
        }
    });
    assert.deepEqual(await client.batch([]), []);
});

test('calls of one tick go out together', async () => {
    const one = (await client.info()).messages_in;
    await Promise.all(Array.from({ length: 50 }, () => client.ping()));
    assert.equal((await client.info()).messages_in - one, 2); // and the second question for this number
});

test('ping, info and devices', async () => {
    assert.equal((await client.ping()).protocol, 'ZSNMP/1');
    assert.ok((await client.info()).requests_ok > 0);
    const { known, devices } = await client.devices({ limit: 1, sort: 'requests' });
    assert.ok(known > 1);
    assert.equal(devices.length, 1);
});

test('an abort ends the call at once, and at the service', async () => {
    await service.tell('rule 127.63.0.1: dead');
    const before = (await client.info()).requests_cancelled;
    const controller = new AbortController();
    const call = device('127.63.0.1', { timeoutMs: 600_000 }).get(SYS_NAME, { signal: controller.signal });
    await until('under way', async () => (await client.info()).requests_in_flight > 0);
    const reason = new Error('enough');
    controller.abort(reason);
    assert.equal(await failure(call), reason);
    await until('cancelled', async () => (await client.info()).requests_cancelled > before);
    await until('gone', async () => (await client.info()).requests_in_flight === 0);
});

test('a signal that has been aborted sends nothing', async () => {
    const accepted = (await client.info()).requests_accepted;
    const done = AbortSignal.abort();
    assert.equal((await failure(device('127.63.0.2').get(SYS_NAME, { signal: done }))).name, 'AbortError');
    const controller = new AbortController();
    const soon = device('127.63.0.2').get(SYS_NAME, { signal: controller.signal });
    controller.abort();
    assert.equal((await failure(soon)).name, 'AbortError');
    assert.equal((await client.info()).requests_accepted, accepted);
});

test('a signal may serve any number of calls', async () => {
    const warnings = [];
    const note = (warning) => warnings.push(warning);
    process.on('warning', note);
    const controller = new AbortController();
    const { signal } = controller;
    await Promise.all(Array.from({ length: 100 }, () => client.ping({ signal })));
    await service.tell('rule 127.63.1.0/24: dead');
    const calls = Array.from({ length: 100 }, (_, i) => (
        failure(device(`127.63.1.${i}`, { timeoutMs: 600_000 }).get(SYS_NAME, { signal }))));
    await until('under way', async () => (await client.info()).requests_in_flight === 100);
    controller.abort();
    assert.ok((await Promise.all(calls)).every((error) => error.name === 'AbortError'));
    await until('gone', async () => (await client.info()).requests_in_flight === 0);
    process.off('warning', note);
    assert.deepEqual(warnings, []);
});

test('a client that was closed says so', async () => {
    await service.tell('rule 127.63.2.1: dead');
    const other = new Client({ endpoint: service.endpoint });
    const call = failure(other.device(service.peer('127.63.2.1')).get(SYS_NAME));
    other.close();
    other.close();
    for (const error of [await call, await failure(other.ping())]) {
        assert.ok(error instanceof ServiceLostError);
        assert.equal(error.code, 0);
        assert.equal(error.name, 'service_lost');
    }
});

test('a client can be disposed of', { skip: !Symbol.asyncDispose && 'no Symbol.asyncDispose' }, async () => {
    const other = new Client({ endpoint: service.endpoint });
    await other.ping();
    await other[Symbol.asyncDispose]();
    assert.ok(await failure(other.ping()) instanceof ServiceLostError);
});

test('options can not change what is asked, nor whom', async () => {
    const options = { op: 'set', peer: '192.0.2.1', oids: ['1.3'], form: 'map' };
    const [{ value }] = await device('127.61.0.8', options).get(SYS_NAME, options);
    assert.equal(value.toString(), 'sim-127-61-0-8');
    assert.equal((await device('127.61.0.8').table(IF_TABLE, { columns: [1], stream: 1 })).size, 4);
});

test('wrong options are refused at once', () => {
    assert.throws(() => new Client({ heartbeat: 0 }), RangeError);
    assert.throws(() => new Client({ patience: '15' }), RangeError);
    assert.throws(() => new Client({ patience: 5 }), RangeError); // with the heartbeat of 5 it would not ping
    assert.throws(() => new Client({ endpoint: 'nonsense' }));
    assert.throws(() => new Client({ publicKey: 'x' }), TypeError);
    assert.throws(() => new Client({ server_key: 'x' }), TypeError);
    assert.throws(() => new Client({ endpoint: service.endpoint, serverKey: 'too short' }));
});
