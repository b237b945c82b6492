// A walk as an iterator of rows, which come while the device is still asked.

import { ServiceLostError, errorOf, walkCut } from './errors.js';
import { withVarbinds } from './values.js';

// Rows of a part where the caller does not say.
const PART_ROWS = 100;

// Parts that are kept for a loop that does not take them. With one more the service is told to stop, and the
// walk goes on behind the last row that came when all have been taken. So a loop that takes its time costs
// some packets more, and its memory has an end while other calls use the same connection.
const PARTS_MAX = 8;

/** One request of a walk, and the parts of it that were not taken yet. */
class Leg {
    #call;
    #parts = [];
    #began = performance.now();
    #ended = false;
    #wake = () => {};
    elapsed; // ms, until the reply
    paused = false;

    constructor(start, request, signal) {
        this.#call = start(request, { signal, onPart: (part) => this.#keep(part) });
        const end = () => {
            this.#ended = true;
            this.elapsed = performance.now() - this.#began;
            this.#wake();
        };
        this.#call.reply.then(end, end);
    }

    #keep(part) {
        this.#parts.push(withVarbinds(part).varbinds);
        if (this.#parts.length > PARTS_MAX && !this.paused) {
            this.paused = true;
            this.#call.interrupt();
        }
        this.#wake();
    }

    /** The rows of the next part; undefined when there are no more parts, and the reply is there. */
    async take() {
        while (this.#parts.length === 0 && !this.#ended) {
            await new Promise((resolve) => {
                this.#wake = resolve;
            });
        }
        return this.#parts.shift();
    }

    async reply() {
        return withVarbinds(await this.#call.reply);
    }

    end() {
        this.#call.abandon();
    }
}

export class Walk {
    #start;
    #request;
    #signal;
    #rows;
    #leg;
    #stopped = false;
    #last; // the OID of the last row
    #count = 0;

    /** How the walk ended, with the protocol's keys (`complete`, `stop`, `next`). Undefined before. */
    reply;

    /** Nothing is sent before the first row is asked for. */
    constructor(start, request, signal) {
        this.#start = start;
        this.#request = { ...request, stream: request.stream ?? PART_ROWS };
        this.#signal = signal;
        this.#rows = this.#run();
    }

    next() {
        return this.#rows.next();
    }

    /** What `break` calls: ends the walk, here and at the service, also while a next() waits. */
    return(value) {
        this.#stopped = true;
        this.#leg?.end();
        return this.#rows.return(value);
    }

    throw(error) {
        return this.#rows.throw(error);
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    async *#run() {
        let request = this.#request;
        while (request !== undefined) {
            const leg = new Leg(this.#start, request, this.#signal);
            this.#leg = leg;
            try {
                for (let rows = await leg.take(); rows !== undefined; rows = await leg.take()) {
                    yield* this.#give(rows);
                }
                if (this.#stopped) {
                    return;
                }
                this.reply = await this.#ending(leg, request);
                yield* this.#give(this.reply.varbinds);
            } finally {
                leg.end();
            }
            request = leg.paused ? this.#rest(request, leg.elapsed) : undefined;
        }
        this.#conclude();
    }

    *#give(rows) {
        for (const row of rows) {
            this.#signal?.throwIfAborted();
            this.#last = row.oid;
            this.#count++;
            yield row;
        }
    }

    /** The reply that ends a request, or the reason why there is none, with the place to go on from. */
    async #ending(leg, request) {
        try {
            return await leg.reply();
        } catch (error) {
            if (error instanceof ServiceLostError) {
                error.stop = error.name;
                // Of several roots the rows do not tell which ones are through.
                error.next = request.oids.length === 1 ? this.#last ?? request.start : undefined;
            }
            throw error;
        }
    }

    /** What is left of a walk that was interrupted; undefined where it ended before that. */
    #rest(request, elapsed) {
        const { error, next } = this.reply;
        if (error?.name !== 'cancelled' || next === undefined) {
            return undefined;
        }
        const rest = { ...request, start: next };
        if (request.limit) {
            rest.limit = this.#request.limit - this.#count;
            if (rest.limit <= 0) {
                this.reply = { ...this.reply, stop: 'limit', error: undefined };
                return undefined;
            }
        }
        if (request.deadline_ms) {
            rest.deadline_ms = Math.max(1, Math.ceil(request.deadline_ms - elapsed));
        }
        return rest;
    }

    #conclude() {
        const { reply } = this;
        reply.varbinds = []; // all rows have been given out
        if (reply.error) {
            throw errorOf(reply);
        }
        if (!reply.complete && reply.stop !== 'limit') {
            throw walkCut(reply);
        }
    }
}
