// A service that is gone, comes back, stands still, or was never there.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Dealer } from 'zeromq';
import { Client, RequestError, ServiceError, ServiceLostError } from '../src/index.js';
import { encodeRequest } from '../src/wire.js';
import { Service, failure, inTime, startService, until } from './service.js';

const SYS_NAME = '1.3.6.1.2.1.1.5.0';
const SYS_LOCATION = '1.3.6.1.2.1.1.6.0';
const DEAD = '127.81.0.0/16';
const MINUTE = 60_000;

let service;
let client;

before(async () => {
    service = await Service.start();
    await service.tell(`rule ${DEAD}: dead`);
});

after(() => service?.close());

beforeEach(() => {
    client = new Client({ endpoint: service.endpoint, heartbeat: 0.3, patience: 1.5 });
});

afterEach(() => client.close());

const device = (address, options) => client.device(service.peer(address), options);
const alive = async (address = '127.80.0.1') => (await device(address).get(SYS_NAME))[0].value.toString();

function isLost(error, what) {
    assert.ok(error instanceof ServiceLostError, `${what}: ${error.stack}`);
    assert.deepEqual([error.code, error.name, error.sent], [0, 'service_lost', 'maybe']);
}

/** A client that only notices a connection that breaks. */
function unhurried() {
    client.close();
    client = new Client({ endpoint: service.endpoint, heartbeat: 3600, patience: 7200 });
}

/** So many calls that get no answer, when the service has them all. */
async function underWay(count) {
    const errors = Array.from({ length: count }, (_, i) => failure(
        device(`127.81.${i >> 8}.${i & 255}`, { timeoutMs: 10 * MINUTE }).get(SYS_NAME)));
    await until('under way', async () => (await client.info()).requests_in_flight === count);
    return errors;
}

/** A SET by a socket that keeps what it has to send when it is closed. */
async function setAndClose(address) {
    const socket = new Dealer({ linger: -1 });
    socket.connect(service.endpoint);
    const request = { op: 'set', peer: service.peer(address), community: 'private' };
    await socket.send(encodeRequest({ ...request, set: [[SYS_LOCATION, 's', 'late']] }, 1));
    socket.close();
}

test('all of 1,000 calls end when the service is killed, and later calls work', async () => {
    unhurried();
    const calls = await underWay(1000);
    const writing = failure(device('127.81.9.9', { community: 'private', timeoutMs: 10 * MINUTE })
        .set([[SYS_LOCATION, 's', 'x']]));
    await until('under way', async () => (await client.info()).requests_in_flight === 1001);
    await service.tell('kill');
    for (const error of await inTime(Promise.all(calls), 'the end of all calls')) {
        isLost(error, 'get');
        assert.equal(error.retryable, true);
    }
    isLost(await writing, 'set');
    assert.equal((await writing).retryable, false);
    await service.tell('start');
    assert.equal(await alive(), 'sim-127-80-0-1');
});

test('a service that is stopped in order answers what is under way', async () => {
    unhurried();
    const calls = await underWay(20);
    await service.tell('stop');
    for (const error of await inTime(Promise.all(calls), 'the end of all calls')) {
        assert.ok(error instanceof ServiceError || error instanceof ServiceLostError, error.stack);
    }
    await service.tell('start');
    assert.equal(await alive(), 'sim-127-80-0-1');
});

test('a call has an end where there is no service, and what failed is not carried out later', async () => {
    await alive();
    await service.tell('kill');
    const writable = device('127.80.1.1', { community: 'private' });
    const errors = [await inTime(failure(writable.set([[SYS_LOCATION, 's', 'late']])), 'a set'),
        await inTime(failure(writable.set([[SYS_LOCATION, 's', 'later']])), 'another')];
    errors.forEach((error) => isLost(error, 'set'));
    const lingering = Array.from({ length: 8 }, (_, i) => `127.80.1.${i + 2}`);
    await Promise.all(lingering.map(setAndClose));
    await service.tell('start');
    // When these have been carried out, what the client has left behind would have been.
    await until('carried out', async () => {
        const names = await Promise.all(lingering.map((address) => device(address).get(SYS_LOCATION)));
        return names.every(([{ value }]) => value.toString() === 'late');
    });
    const [{ value }] = await writable.get(SYS_LOCATION);
    assert.doesNotMatch(value.toString(), /^late/);
});

test('a call that comes before the service is answered when it is there', async () => {
    await service.tell('kill');
    const patient = new Client({ endpoint: service.endpoint });
    const name = patient.device(service.peer('127.80.0.2')).get(SYS_NAME);
    const walked = patient.device(service.peer('127.80.0.2')).walk(SYS_NAME).next();
    await service.tell('start');
    assert.equal((await inTime(name, 'a get'))[0].value.toString(), 'sim-127-80-0-2');
    await inTime(walked, 'a walk');
    patient.close();
});

test('a service that never was ends calls, batches and walks', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    const lonely = new Client({ endpoint: `tcp://127.0.0.1:${port}`, heartbeat: 0.1, patience: 0.3 });
    const peer = lonely.device('192.0.2.1');
    const batch = lonely.batch([{ op: 'ping' }, { op: 'ping' }]);
    const calls = [peer.get(SYS_NAME), peer.walk(SYS_NAME).next(), peer.table('1.3')];
    const errors = calls.map(failure);
    for (const error of [...await inTime(Promise.all(errors), 'calls'), ...await inTime(batch, 'a batch')]) {
        isLost(error, 'no service');
    }
    lonely.close();
});

test('a service that stands still is given up, and works when it goes on', async () => {
    await alive();
    const calls = await underWay(10);
    await service.tell('pause');
    try {
        for (const error of await inTime(Promise.all(calls), 'the end of all calls')) {
            isLost(error, 'paused');
            assert.match(error.message, /1\.5 s/);
        }
    } finally {
        await service.tell('resume');
    }
    await until('answered again', async () => {
        try {
            return await alive('127.80.0.3') === 'sim-127-80-0-3';
        } catch (error) {
            isLost(error, 'after it goes on');
            return false;
        }
    });
});

test('a call that takes longer than the patience goes on while the service answers pings', async () => {
    await service.tell('rule 127.80.0.4: delay=2500');
    const before = (await client.info()).messages_in;
    const [{ value }] = await device('127.80.0.4', { timeoutMs: 20_000 }).get(SYS_NAME);
    assert.equal(value.toString(), 'sim-127-80-0-4');
    const pings = (await client.info()).messages_in - before - 2;
    assert.ok(pings >= 1 && pings <= 2500 / 300, `${pings} pings`);
});

test('while the program itself stands still, nothing is given up', async () => {
    await service.tell('rule 127.80.0.5: delay=300');
    const call = device('127.80.0.5', { timeoutMs: 20_000 }).get(SYS_NAME);
    await client.ping();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    assert.equal((await call)[0].value.toString(), 'sim-127-80-0-5');
});

test('a walk that is under way when the service is killed throws, behind the rows that came', async () => {
    unhurried();
    await service.tell('rule 127.80.0.6: walk=endless:2');
    const rows = [];
    const walk = device('127.80.0.6').walk('1.3.6.1.2.1.2.2.1.2', { stream: 5 });
    const error = await inTime(failure((async () => {
        for await (const row of walk) {
            rows.push(row.oid);
            if (rows.length === 20) {
                await service.tell('kill');
            }
        }
    })()), 'the end of the walk');
    isLost(error, 'walk');
    assert.deepEqual([error.stop, error.next], ['service_lost', rows.at(-1)]);
    await service.tell('start');
    const rest = device('127.80.0.6').walk('1.3.6.1.2.1.2.2.1.2', { start: error.next });
    const number = Number(rows.at(-1).split('.').at(-1));
    assert.equal((await rest.next()).value.oid, `1.3.6.1.2.1.2.2.1.2.2.${number + 1}`);
    await rest.return();
});

test('a service that comes and goes again and again leaves nothing behind', async () => {
    unhurried();
    for (let i = 0; i < 5; i++) {
        const calls = await underWay(50);
        await service.tell('kill');
        const errors = await inTime(Promise.all(calls), 'the end of all calls');
        errors.forEach((error) => isLost(error, 'get'));
        await service.tell('start');
    }
    assert.equal(await alive(), 'sim-127-80-0-1');
    const { clients } = await client.info();
    assert.equal(clients, 1);
});

test('what is no ZSNMP service ends the calls', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `tcp://127.0.0.1:${server.address().port}`;
    const other = new Client({ endpoint, heartbeat: 0.1, patience: 0.3 });
    isLost(await inTime(failure(other.ping()), 'a ping'), 'no service');
    other.close();
    server.close();
});

test('a body that the service finds too large ends the calls in it, and no others', async () => {
    const small = await startService('body_max = 2K');
    const narrow = new Client({ endpoint: small.endpoint });
    const slow = failure(narrow.device(service.peer('127.81.0.1'), { timeoutMs: 10 * MINUTE }).get(SYS_NAME));
    await narrow.ping();
    const large = failure(narrow.request({ op: 'ping', filler: Buffer.alloc(4000) }));
    const error = await inTime(large, 'too large');
    assert.ok(error instanceof RequestError);
    assert.deepEqual([error.code, error.name], [402, 'too_large']);
    await narrow.ping();
    narrow.close();
    assert.ok(await slow instanceof ServiceLostError);
    await small.close();
});
