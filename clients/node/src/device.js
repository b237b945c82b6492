// A device: the typed calls. What is common to them is given once.

import { errorOf, walkCut } from './errors.js';
import { protocolKeys } from './names.js';
import { setting, withVarbinds } from './values.js';
import { Walk } from './walk.js';

/** One OID, as text or as numbers, or several of them: always several. */
function several(oids) {
    return Array.isArray(oids) && typeof oids[0] !== 'number' ? oids : [oids];
}

function text(oid) {
    return Array.isArray(oid) ? oid.join('.') : oid.replace(/^\./, '');
}

export class Device {
    #start;
    #common;

    constructor(start, peer, options) {
        this.#start = start;
        this.#common = { ...protocolKeys(options), peer };
    }

    get peer() {
        return this.#common.peer;
    }

    get(oids, options) {
        return this.#ask('get', { oids: several(oids) }, options);
    }

    getNext(oids, options) {
        return this.#ask('get_next', { oids: several(oids) }, options);
    }

    getBulk(oids, options) {
        return this.#ask('get_bulk', { oids: several(oids) }, options);
    }

    set(varbinds, options) {
        return this.#ask('set', { set: varbinds.map(setting) }, options);
    }

    walk(oids, { signal, ...options } = {}) {
        return new Walk(this.#start, this.#request('walk', { oids: several(oids) }, options), signal);
    }

    async table(oid, { columns, ...options } = {}) {
        const entry = `${text(oid)}.1`;
        const oids = columns ? columns.map((column) => `${entry}.${column}`) : [entry];
        const varbinds = await this.#ask('walk', { oids, stream: 0 }, options);
        if (!varbinds.reply.complete && varbinds.reply.stop !== 'limit') {
            throw walkCut(varbinds.reply);
        }
        const table = new Map();
        for (const { oid: name, value } of varbinds) {
            const [column, ...rest] = name.slice(entry.length + 1).split('.');
            const index = rest.join('.');
            let row = table.get(index);
            if (row === undefined) {
                row = {};
                table.set(index, row);
            }
            row[column] = value;
        }
        return table;
    }

    #request(op, what, options) {
        return { ...this.#common, ...protocolKeys(options), ...what, op, peer: this.peer, form: 'list' };
    }

    async #ask(op, what, { signal, ...options } = {}) {
        const call = this.#start(this.#request(op, what, options), { signal });
        const reply = withVarbinds(await call.reply);
        if (reply.error) {
            throw errorOf(reply);
        }
        // Hidden, so that the result is printed and compared as the array that it is.
        return Object.defineProperty(reply.varbinds, 'reply', { value: reply });
    }
}
