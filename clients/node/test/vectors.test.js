// The conformance vectors, at all three levels: bytes, the generic call, the typed interface.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Dealer } from 'zeromq';
import { Client, NoValue, SnmpError, WalkError } from '../src/index.js';
import { decodeBody } from '../src/wire.js';
import { Service, inTime } from './service.js';
import { judge, load, sayable, withoutMay } from './vectors.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)));
const END = 'the end';
const ERROR_KEYS = ['code', 'name', 'message', 'index', 'retryable', 'sent'];
const DEVICE_KEYS = new Set(
    ['version', 'community', 'user', 'auth_proto', 'auth_pass', 'priv_proto', 'priv_pass']);

// Cases of one service may only run one at a time, and many wait for time-outs: each level has a service.
const worlds = new Map();

before(() => Promise.all([wire, generic, typed].map(async (level) => {
    const service = await Service.start();
    const client = new Client({ endpoint: service.endpoint });
    worlds.set(level, { service, client, cases: load(service.vectors, service.port) });
})));

after(() => Promise.all([...worlds.values()].map(({ service, client }) => {
    client.close();
    return service.close();
})));

// --- bytes -----------------------------------------------------------------------------------------

async function receive(socket) {
    const frames = await socket.receive();
    const delimiter = frames.length === 2 && frames[0].length === 0;
    assert.ok(delimiter || frames.length === 1, `${frames.length} frames`);
    return { delimiter, replies: decodeBody(frames.at(-1)) };
}

async function wire({ send, replies: expected, bodies }, { service }) {
    const socket = new Dealer({ linger: 0, receiveTimeout: 30_000 });
    socket.connect(service.endpoint);
    const came = [];
    const take = async (count) => {
        while (came.flatMap(({ replies }) => replies).length < count) {
            came.push(await receive(socket));
        }
    };
    try {
        for (const body of send) {
            await take(body.after);
            await socket.send([...body.delimiter ? [''] : [], body.bytes, ...body.frames]);
        }
        await take(expected.length);
        const lines = judge(expected, came.flatMap(({ replies }) => replies));
        if (bodies !== undefined && came.length !== bodies) {
            lines.push(`${came.length} bodies instead of ${bodies}`);
        }
        const delimiters = new Set(send.map(({ delimiter = false }) => delimiter));
        if (came.some(({ delimiter }) => !delimiters.has(delimiter))) {
            lines.push('delimiters do not come back as they went');
        }
        await socket.send(Buffer.concat([Buffer.from([0x82, 0xa2]), Buffer.from('id'),
            Buffer.from([0xa0 | END.length]), Buffer.from(END), Buffer.from([0xa2]), Buffer.from('op'),
            Buffer.from([0xa4]), Buffer.from('ping')]));
        for (let ended = false; !ended;) {
            for (const reply of (await receive(socket)).replies) {
                ended ||= reply.id === END;
                if (reply.id !== END) {
                    lines.push(`one reply too many: ${JSON.stringify(reply)}`);
                }
            }
        }
        return lines;
    } finally {
        socket.close();
    }
}

// --- the generic call --------------------------------------------------------------------------------

async function repliesOf(client, map) {
    const replies = [];
    try {
        const { id, ...request } = map;
        const how = request.stream ? { onPart: (part) => replies.push(part) } : undefined;
        replies.push(await client.request(request, how));
    } catch (error) {
        if (!(error instanceof SnmpError)) {
            throw error;
        }
        replies.push(error.reply);
    }
    return replies.map((reply) => ({ ...reply, id: map.id ?? null }));
}

async function batchRepliesOf(client, maps) {
    const results = await client.batch(maps.map(({ id, ...request }) => request));
    return results.map((result, i) => (
        { ...result instanceof SnmpError ? result.reply : result, id: maps[i].id ?? null }));
}

async function generic({ send, replies: expected }, { client }) {
    const under = [];
    for (const { map, after: first } of send) {
        if (first > 0) {
            await Promise.all(under);
        }
        const parts = Array.isArray(map) && map.some(({ stream }) => stream);
        if (Array.isArray(map) && !parts) {
            under.push(batchRepliesOf(client, map));
        } else {
            under.push(...[map].flat().map((one) => repliesOf(client, one)));
        }
    }
    return judge(expected, (await Promise.all(under)).flat());
}

// --- the typed interface -------------------------------------------------------------------------------

const camel = (key) => key.replace(/_[a-z]/g, (text) => text[1].toUpperCase());

/** Varbinds as a reply has them, in the form that was asked for. */
function inForm(varbinds, { form, exceptions }) {
    const plain = (value) => (value instanceof NoValue && (form === 'list' || !exceptions) ? null : value);
    return form === 'list'
        ? varbinds.map(({ oid, type, value }) => [oid, type, plain(value)])
        : Object.fromEntries(varbinds.map(({ oid, value }) => [oid, plain(value)]));
}

async function walked(device, oids, options) {
    const walk = device.walk(oids, options);
    const varbinds = [];
    let error;
    try {
        for await (const row of walk) {
            varbinds.push(row);
        }
    } catch (problem) {
        error = problem;
    }
    return { varbinds, error, reply: walk.reply ?? error?.reply };
}

async function asked(device, op, map, options) {
    const calls = {
        get: () => device.get(map.oids, options),
        get_next: () => device.getNext(map.oids, options),
        get_bulk: () => device.getBulk(map.oids, options),
        set: () => device.set(map.set, options),
    };
    try {
        const varbinds = await calls[op]();
        return { varbinds, reply: varbinds.reply };
    } catch (error) {
        return { varbinds: error.varbinds, error, reply: error.reply };
    }
}

/** A reply made of what the interface has said. */
async function said(client, map) {
    const { id = null, op, peer, oids, set, form, exceptions, ...rest } = map;
    if (op === 'ping' || op === 'devices') {
        const options = Object.fromEntries(Object.entries(rest).map(([key, value]) => [camel(key), value]));
        return { ...await client[op](options).catch((error) => error.reply), id };
    }
    if (op === 'info') {
        return client.info().then((info) => ({ id, info }), (error) => ({ ...error.reply, id }));
    }
    const [common, options] = [{}, {}];
    for (const [key, value] of Object.entries(rest)) {
        (DEVICE_KEYS.has(key) ? common : options)[camel(key)] = value;
    }
    const device = client.device(peer, common);
    const { varbinds, error, reply } = op === 'walk'
        ? await walked(device, oids, { stream: 0, ...options })
        : await asked(device, op, map, options);
    if (error !== undefined && !(error instanceof SnmpError)) {
        throw error;
    }
    const whole = { ...reply, id, varbinds: inForm(varbinds ?? [], map), error: undefined };
    if (error !== undefined && !(error instanceof WalkError)) {
        whole.error = Object.fromEntries(ERROR_KEYS.map((key) => [key, error[key]]));
        assert.equal(error.peer, reply.peer);
        assert.equal(error.stop, reply.stop);
        assert.deepEqual(error.next, reply.next);
    }
    return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
}

/** Replies of one id as one: the interface gives the parts of a walk as one sequence of rows. */
function joined(replies) {
    const byId = new Map();
    for (const { more, ...raw } of replies) {
        const reply = { ...raw, ...'varbinds' in raw && { varbinds: withoutMay(raw.varbinds) } };
        const before = byId.get(reply.id);
        const varbinds = before && (Array.isArray(reply.varbinds)
            ? [...before.varbinds, ...reply.varbinds]
            : { ...before.varbinds, ...reply.varbinds });
        byId.set(reply.id, varbinds ? { ...reply, varbinds } : reply);
    }
    return [...byId.values()];
}

const isEmpty = (varbinds) => varbinds !== undefined && Object.keys(varbinds).length === 0;

async function typed({ send, replies }, { client }) {
    const expected = joined(replies);
    const under = [];
    for (const { map, after: first } of send) {
        if (first > 0) {
            await Promise.all(under);
        }
        under.push(...[map].flat().map((one) => said(client, one)));
    }
    const got = (await Promise.all(under)).map(({ more, ...reply }) => {
        const want = expected.find(({ id }) => id === reply.id);
        if (want && !('varbinds' in want) && isEmpty(reply.varbinds)) {
            delete reply.varbinds; // no varbinds and none are the same here
        }
        return reply;
    });
    return judge(expected, got);
}

// --- all of them -----------------------------------------------------------------------------------------

/**
 * Whether the typed interface can say it: the form is its own choice, and where a case has as many keys as
 * fit, those that it adds do not.
 */
const typable = ({ untyped, send }) => !untyped && send.every(({ map }) => [map].flat().every((one) => (
    Object.keys(one).length <= 62 && ['map', 'list', undefined, null].includes(one.form))));

function levelsOf(one) {
    if (one.wire || !one.send.every(({ map }) => sayable(map))) {
        return [wire];
    }
    return typable(one) ? [wire, generic, typed] : [wire, generic];
}

/** What is wrong with a case at one level, a line each. */
async function linesOf(level, place) {
    const world = worlds.get(level);
    try {
        const lines = await inTime(level(world.cases[place], world), level.name);
        return lines.map((line) => `${level.name}: ${line}`);
    } catch (error) {
        return [`${level.name}: ${error.stack}`];
    }
}

test('conformance vectors', async (t) => {
    const { cases } = worlds.get(wire);
    assert.ok(cases.length > 0);
    const results = {};
    for (const [place, one] of cases.entries()) {
        await t.test(one.name, async () => {
            results[one.name] = 'did not end';
            const lines = await Promise.all(levelsOf(one).map((level) => linesOf(level, place)));
            results[one.name] = lines.flat().join('\n') || 'ok';
            assert.equal(results[one.name], 'ok');
        });
    }
    if (process.env.ZSNMP_VECTORS_RESULTS) {
        const report = { client: 'Node', style: 'promises', version, cases: results };
        const file = `${process.env.ZSNMP_VECTORS_RESULTS}/node.json`;
        writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
    }
});
