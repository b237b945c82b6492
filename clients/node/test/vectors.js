// Values and patterns of tests/vectors, and whether a reply is as one of them says.

import { readFileSync, readdirSync } from 'node:fs';
import { ExtData } from '@msgpack/msgpack';
import { NoValue, noValueOf } from '../src/values.js';

const isUint = (value) => (Number.isInteger(value) || typeof value === 'bigint') && value >= 0;
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
    && !Buffer.isBuffer(value) && !(value instanceof NoValue) && !(value instanceof ExtData);

const kinds = {
    uint: isUint,
    str: (value) => typeof value === 'string',
    bool: (value) => typeof value === 'boolean',
    map: isMap,
    array: Array.isArray,
    nil: (value) => value === null,
    any: () => true,
};

function integer(text) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** A float without a fraction, which JavaScript can not tell from an integer. */
class Float {
    constructor(value) {
        this.value = value;
    }

    plain() {
        return Number.isInteger(this.value) ? this : this.value;
    }
}

/** Whether a map to send can be said in JavaScript. */
export function sayable(thing) {
    return !(thing instanceof Float) && (typeof thing !== 'object' || thing === null
        || Object.values(thing).every(sayable));
}

class Pattern {
    constructor(kind, value) {
        Object.assign(this, { kind, value });
    }
}

const forms = {
    $bin: (hex) => Buffer.from(hex, 'hex'),
    $int: integer,
    $f32: (value) => new Float(Math.fround(value)).plain(),
    $f64: (value) => new Float(value).plain(),
    $ext: ([type, hex]) => (type === 1 && noValueOf(parseInt(hex, 16)))
        || new ExtData(type, Buffer.from(hex, 'hex')),
    $any: (kind) => new Pattern('any', kind),
    $has: (map) => new Pattern('has', fromJson(map)),
    $may: (value) => new Pattern('may', fromJson(value)),
    $uint: (bounds) => new Pattern('uint', fromJson(bounds)),
};

function fromJson(thing) {
    if (Array.isArray(thing)) {
        return thing.map(fromJson);
    }
    if (typeof thing !== 'object' || thing === null) {
        return thing;
    }
    const entries = Object.entries(thing);
    if (entries.length === 1 && entries[0][0].startsWith('$')) {
        return forms[entries[0][0]](entries[0][1]);
    }
    return Object.fromEntries(entries.map(([key, value]) => [key, fromJson(value)]));
}

/** All cases, with the simulator's port where 99999 stands for it. */
export function load(directory, port) {
    const cases = [];
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.json')).sort()) {
        const text = readFileSync(`${directory}/${file}`, 'utf8')
            .replaceAll('99999', port)
            .replaceAll('3939393939', Buffer.from(String(port)).toString('hex'));
        for (const raw of JSON.parse(text).cases) {
            cases.push({ ...raw, send: raw.send.map(body), replies: raw.replies.map(fromJson) });
        }
    }
    return cases;
}

function body(raw) {
    return {
        ...raw,
        map: raw.map === undefined ? undefined : fromJson(raw.map),
        bytes: Buffer.from(raw.bytes, 'hex'),
        frames: (raw.frames ?? []).map((hex) => Buffer.from(hex, 'hex')),
        after: raw.after ?? 0,
    };
}

const show = (value) => JSON.stringify(value, (key, item) => (typeof item === 'bigint' ? `${item}n` : item));

export const withoutMay = (want) => (want instanceof Pattern && want.kind === 'may' ? want.value : want);

/** What is wrong with a value, a line each. */
export function differences(want, got, where) {
    if (want instanceof Float) {
        return differences(want.value, got, where);
    }
    if (want instanceof Pattern) {
        switch (want.kind) {
        case 'any':
            return kinds[want.value](got) ? [] : [`${where}: ${show(got)} is no ${want.value}`];
        case 'uint':
            return isUint(got) && got >= want.value[0] && got <= want.value[1]
                ? [] : [`${where}: ${show(got)} is not within ${show(want.value)}`];
        case 'may':
            return differences(want.value, got, where);
        default:
            return mapDifferences(want.value, got, where, false);
        }
    }
    if (Array.isArray(want) && Array.isArray(got) && want.length === got.length) {
        return want.flatMap((item, i) => differences(item, got[i], `${where}[${i}]`));
    }
    if (isMap(want)) {
        return mapDifferences(want, got, where, true);
    }
    const same = Buffer.isBuffer(want) ? Buffer.isBuffer(got) && want.equals(got) : Object.is(want, got);
    return same ? [] : [`${where}: ${show(got)} instead of ${show(want)}`];
}

function mapDifferences(want, got, where, whole) {
    if (!isMap(got)) {
        return [`${where}: ${show(got)} is no map`];
    }
    const lines = [];
    for (const [key, value] of Object.entries(want)) {
        if (Object.hasOwn(got, key)) {
            lines.push(...differences(value, got[key], `${where}.${key}`));
        } else if (!(value instanceof Pattern && value.kind === 'may')) {
            lines.push(`${where}.${key} is missing`);
        }
    }
    if (whole) {
        const more = Object.keys(got).filter((key) => !Object.hasOwn(want, key));
        lines.push(...more.map((key) => `${where}.${key} should not be there`));
    }
    return lines;
}

const idText = (id) => (Buffer.isBuffer(id) ? `bin ${id.toString('hex')}` : `${typeof id} ${id}`);

/** What is wrong with the replies to a case. Those of one id are in order, those of several in any. */
export function judge(expected, replies) {
    const waiting = new Map();
    for (const reply of replies) {
        const key = idText(reply.id);
        waiting.set(key, [...waiting.get(key) ?? [], reply]);
    }
    const lines = [];
    for (const want of expected) {
        const key = idText(want.id);
        const got = waiting.get(key)?.shift();
        lines.push(...got === undefined ? [`no reply for ${key}`] : differences(want, got, `reply ${key}`));
    }
    for (const rest of waiting.values()) {
        lines.push(...rest.map((reply) => `a reply that nobody expects: ${show(reply)}`));
    }
    return lines;
}
