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
const DEVICE_KEYS = new Set(['version', 'community', 'user', 'auth_proto', 'auth_pass', 'priv_proto', 'priv_pass']);

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

// --- bytes -----------------------------------------------------------------------------------------

async function receive(socket) {
    const frames = await socket.receive();
    const delimiter = frames.length === 2 && frames[0].length === 0;
    assert.ok(delimiter || frames.length === 1, `${frames.length} frames`);
    return { delimiter, replies: decodeBody(frames.at(-1)) };
}

async function wire({ send, replies: expected, bodies }) {
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

async function repliesOf(map) {
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

async function batchRepliesOf(maps) {
    const results = await client.batch(maps.map(({ id, ...request }) => request));
    return results.map((result, i) => (
        { ...result instanceof SnmpError ? result.reply : result, id: maps[i].id ?? null }));
}

async function generic({ send, replies: expected }) {
    const under = [];
    for (const { map, after: first } of send) {
        if (first > 0) {
            await Promise.all(under);
        }
        const parts = Array.isArray(map) && map.some(({ stream }) => stream);
        if (Array.isArray(map) && !parts) {
            under.push(batchRepliesOf(map));
        } else {
            under.push(...[map].flat().map(repliesOf));
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
async function said(map) {
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

async function typed({ send, replies }) {
    const expected = joined(replies);
    const under = [];
    for (const { map, after: first } of send) {
        if (first > 0) {
            await Promise.all(under);
        }
        under.push(...[map].flat().map(said));
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

/** The typed interface adds `form` to a request, and `stream`: where a case has as many keys as fit, they do not. */
const hasRoom = ({ send }) => send.every(({ map }) => [map].flat().every((one) => Object.keys(one).length <= 62));

function levelsOf(one) {
    if (one.wire || !one.send.every(({ map }) => sayable(map))) {
        return { wire };
    }
    return { wire, generic, ...!one.untyped && hasRoom(one) && { typed } };
}

test('conformance vectors', async (t) => {
    const cases = load(service.vectors, service.port);
    assert.ok(cases.length > 0);
    const results = {};
    for (const one of cases) {
        await t.test(one.name, async () => {
            const levels = levelsOf(one);
            results[one.name] = 'did not end';
            const lines = [];
            for (const [level, run] of Object.entries(levels)) {
                try {
                    const found = await inTime(run(one), level);
                    lines.push(...found.map((line) => `${level}: ${line}`));
                } catch (error) {
                    lines.push(`${level}: ${error.stack}`);
                }
            }
            results[one.name] = lines.length === 0 ? 'ok' : lines.join('\n');
            assert.equal(lines.join('\n'), '');
        });
    }
    if (process.env.ZSNMP_VECTORS_RESULTS) {
        const report = { client: 'Node', style: 'promises', version, cases: results };
        writeFileSync(`${process.env.ZSNMP_VECTORS_RESULTS}/node.json`, `${JSON.stringify(report, null, 1)}\n`);
    }
});
