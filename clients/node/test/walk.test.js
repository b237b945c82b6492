// Walks: rows as they come, loops that end early, that take their time, and walks that are cut off.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
    Client, DeliveryError, RequestError, ServiceError, ServiceLostError, WalkError,
} from '../src/index.js';
import { Service, failure, until } from './service.js';

const IF_TABLE = '1.3.6.1.2.1.2.2';
const IF_DESCR = '1.3.6.1.2.1.2.2.1.2';
const IF_INDEX = '1.3.6.1.2.1.2.2.1.1';
const SYS_NAME = '1.3.6.1.2.1.1.5.0';

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
const quiet = async () => (await client.info()).requests_in_flight === 0;

async function collect(walk) {
    const rows = [];
    for await (const row of walk) {
        rows.push(row);
    }
    return rows;
}

test('a walk gives all rows in their order, however large its parts are', async () => {
    const whole = await collect(device('127.71.0.1').walk(IF_TABLE, { stream: 0 }));
    assert.equal(whole.length, 88);
    const names = (rows) => rows.map(({ oid }) => oid);
    for (const stream of [1, 7, 88, 1000]) {
        const walk = device('127.71.0.1').walk(IF_TABLE, { stream });
        assert.deepEqual(names(await collect(walk)), names(whole), `${stream}`);
        assert.equal(walk.reply.complete, true);
        assert.equal(walk.reply.stop, 'out_of_tree');
    }
});

test('a walk of several roots gives one after the other', async () => {
    const rows = await collect(device('127.71.0.2').walk([IF_DESCR, IF_INDEX]));
    assert.deepEqual(rows.map(({ oid }) => oid),
        [IF_DESCR, IF_INDEX].flatMap((root) => [1, 2, 3, 4].map((index) => `${root}.${index}`)));
});

test('a walk that was limited tells where to go on', async () => {
    const first = device('127.71.0.3').walk(IF_DESCR, { limit: 2 });
    assert.equal((await collect(first)).length, 2);
    const { complete, stop, next } = first.reply;
    assert.deepEqual([complete, stop, next], [false, 'limit', `${IF_DESCR}.2`]);
    const rest = await collect(device('127.71.0.3').walk(IF_DESCR, { start: next }));
    assert.deepEqual(rest.map(({ oid }) => oid), [`${IF_DESCR}.3`, `${IF_DESCR}.4`]);
});

test('nothing is sent before a row is asked for, and break ends the walk at the service', async () => {
    await service.tell('rule 127.71.0.4: walk=endless:2');
    const { requests_accepted: accepted, requests_cancelled: cancelled } = await client.info();
    const walk = device('127.71.0.4').walk(IF_DESCR, { stream: 10 });
    assert.equal((await client.info()).requests_accepted, accepted);
    let rows = 0;
    for await (const row of walk) {
        assert.ok(row.oid.startsWith(IF_DESCR));
        if (++rows === 25) {
            break;
        }
    }
    await until('cancelled', async () => (await client.info()).requests_cancelled > cancelled);
    await until('gone', quiet);
    assert.deepEqual(await walk.next(), { done: true, value: undefined });
});

test('an error in the body of the loop ends the walk too', async () => {
    await service.tell('rule 127.71.0.5: walk=endless:2');
    const error = await failure((async () => {
        for await (const row of device('127.71.0.5').walk(IF_DESCR, { stream: 10 })) {
            throw new Error(row.oid);
        }
    })());
    assert.equal(error.message, `${IF_DESCR}.1`);
    await until('gone', quiet);
});

test('an abort ends a walk that waits, and one whose rows are not read', async () => {
    await service.tell('rule 127.71.0.6: walk=silent:2');
    const waiting = new AbortController();
    const walk = device('127.71.0.6', { timeoutMs: 600_000 }).walk(IF_DESCR,
        { bulk: false, stream: 1, signal: waiting.signal });
    assert.equal((await walk.next()).value.oid, `${IF_DESCR}.1`);
    assert.equal((await walk.next()).value.oid, `${IF_DESCR}.2`);
    const third = failure(walk.next());
    waiting.abort();
    assert.equal((await third).name, 'AbortError');

    const unread = new AbortController();
    const other = device('127.71.0.7').walk(IF_TABLE, { signal: unread.signal });
    await other.next();
    unread.abort();
    assert.equal((await failure(other.next())).name, 'AbortError');
    await until('gone', quiet);
});

test('return() ends a walk while a next() waits for the device', async () => {
    await service.tell('rule 127.71.0.8: walk=silent:2');
    const walk = device('127.71.0.8', { timeoutMs: 600_000 }).walk(IF_DESCR, { bulk: false, stream: 1 });
    await walk.next();
    await walk.next();
    const third = walk.next();
    await until('under way', async () => (await client.info()).requests_in_flight === 1);
    assert.deepEqual(await walk.return(), { done: true, value: undefined });
    assert.deepEqual(await third, { done: true, value: undefined });
    await until('gone', quiet);
});

test('a loop that takes its time stops the device being asked, and misses nothing', async () => {
    await service.tell('rule 127.71.1.1: walk=endless:2 count');
    const walk = device('127.71.1.1').walk(IF_DESCR, { stream: 10 });
    const { requests_cancelled: cancelled } = await client.info();
    const rows = [(await walk.next()).value.oid];
    // Other calls keep the connection being read. The walk, which has no end, must come to rest by itself.
    await until('interrupted', async () => {
        await device('127.71.1.2').get(SYS_NAME);
        return (await client.info()).requests_cancelled > cancelled;
    });
    const { getbulk } = await service.stats('127.71.1.1');
    for (let i = 0; i < 20; i++) {
        await device('127.71.1.2').get(SYS_NAME);
    }
    assert.equal((await service.stats('127.71.1.1')).getbulk, getbulk);

    let end = Infinity;
    for await (const row of walk) {
        rows.push(row.oid);
        if (end === Infinity && rows.length % 10 === 0) {
            const goesOn = (await service.stats('127.71.1.1')).getbulk > getbulk;
            end = goesOn ? rows.length + 500 : Infinity;
        }
        if (rows.length >= end) {
            break;
        }
    }
    assert.deepEqual(rows, rows.map((_, i) => (i < 2 ? `${IF_DESCR}.${i + 1}` : `${IF_DESCR}.2.${i - 1}`)));
    await until('gone', quiet);
});

test('so does one of several roots, and keeps to its limit', async () => {
    const roots = Array.from({ length: 22 }, (_, i) => `${IF_TABLE}.1.${22 - i}`);
    const expected = await collect(device('127.71.1.3').walk(roots, { limit: 80 }));
    assert.equal(expected.length, 80);
    await service.tell('rule 127.71.1.3: delay=50');
    const options = { stream: 1, limit: 80, maxRepetitions: 1, timeoutMs: 5000 };
    const walk = device('127.71.1.3').walk(roots, options);
    const { requests_cancelled: cancelled } = await client.info();
    const rows = [(await walk.next()).value];
    await until('interrupted', async () => (await client.info()).requests_cancelled > cancelled);
    await service.tell('rule 127.71.1.3: clear');
    for await (const row of walk) {
        rows.push(row);
    }
    assert.deepEqual(rows.map(({ oid }) => oid), expected.map(({ oid }) => oid));
    assert.deepEqual([walk.reply.stop, walk.reply.error], ['limit', undefined]);
});

test('a walk that is cut off says so, with the place to go on from', async () => {
    await service.tell('rule 127.71.2.1: walk=silent:2');
    await service.tell('rule 127.71.2.2: walk=decrease:2');
    await service.tell('rule 127.71.2.3: walk=same:2');
    await service.tell('rule 127.71.2.4: walk=endless:2');
    const cases = [
        ['127.71.2.1', { timeoutMs: 20, retries: 0, bulk: false }, DeliveryError, 'timeout', 'timeout'],
        ['127.71.2.2', {}, WalkError, 'non_increasing', 'non_increasing'],
        ['127.71.2.3', {}, WalkError, 'loop', 'loop'],
        ['127.71.2.4', { deadlineMs: 50 }, ServiceError, 'deadline', 'deadline'],
    ];
    for (const [address, options, Kind, name, stop] of cases) {
        const walk = device(address).walk(IF_DESCR, options);
        const rows = [];
        const error = await failure((async () => {
            for await (const row of walk) {
                rows.push(row.oid);
            }
        })());
        assert.equal(error.constructor, Kind, `${address}: ${error.stack}`);
        assert.deepEqual([error.name, error.stop], [name, stop]);
        assert.equal(error.next, rows.at(-1), address);
        assert.ok(rows.length >= 2, address);
    }
    const error = await failure(device('127.71.2.2').table(IF_TABLE));
    assert.ok(error instanceof WalkError);
    assert.equal(error.next, error.varbinds.at(-1).oid);
});

test('a walk whose service is gone gives the rows that came, then says so', async () => {
    await service.tell('rule 127.71.3.1: walk=endless:2');
    const lonely = new Client({ endpoint: service.endpoint });
    const walk = lonely.device(service.peer('127.71.3.1')).walk(IF_DESCR, { stream: 10 });
    let last = (await walk.next()).value;
    lonely.close();
    const error = await failure((async () => {
        for await (const row of walk) {
            last = row;
        }
    })());
    assert.ok(error instanceof ServiceLostError);
    assert.deepEqual([error.stop, error.next], ['service_lost', last.oid]);
    await until('gone', quiet);
});

test('parts of the generic call go to onPart, and none are lost where there is none', async () => {
    const peer = service.peer('127.71.4.1');
    const request = { op: 'walk', peer, oids: [IF_TABLE], stream: 10, form: 'list' };
    const parts = [];
    const last = await client.request(request, { onPart: (part) => parts.push(part) });
    assert.equal(parts.length, 8);
    assert.ok(parts.every(({ more, varbinds }) => more && varbinds.length === 10));
    assert.deepEqual([last.more, last.varbinds.length], [false, 8]);
    assert.ok(await failure(client.request(request)) instanceof RequestError);
    const problem = new Error('no more');
    assert.equal(await failure(client.request(request, { onPart() { throw problem; } })), problem);
    await until('gone', quiet);
});
