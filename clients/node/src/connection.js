// One connection to a service and all that is under way on it. When it is lost it ends, with its socket and
// whatever still waits in it; it never comes back.

import { Dealer } from 'zeromq';
import { requestError, serviceLost } from './errors.js';
import { follow, unfollow } from './signals.js';
import { decodeBody, encodeBody, encodeRequest } from './wire.js';

// Ids are unsigned 32-bit numbers, which every encoder writes as integers.
const ID_MAX = 0xffffffff;

// What the service takes (docs/PROTOCOL.md, Limits). A larger frame would end the connection for all.
const REQUEST_BYTES_MAX = 8 << 20;

// Requests of one tick share a body up to these. More in one body saves nothing that could be measured.
const BODY_REQUESTS_MAX = 64;
const BODY_BYTES_MAX = 64 << 10;

// Bodies that ZeroMQ keeps while the service does not take them. The others wait here, where a request that
// is cancelled can still be taken out.
const SEND_QUEUE_MAX = 64;

// Bodies that ZeroMQ takes from the service before we read them. With few of them the service notices soon
// that a program is busy, and its walks wait (docs/PROTOCOL.md, Walks).
const RECEIVE_QUEUE_MAX = 16;

const nothing = () => {};

/** A request and the way of its reply. It ends once: with a reply, or with a reason why there is none. */
class Call {
    #connection;
    #resolve;
    #reject;
    #signal;
    #onPart;
    #ended = false;
    body; // the one that it was sent in

    constructor(connection, { op, peer }, id, bytes, onPart) {
        this.#connection = connection;
        this.#onPart = onPart;
        this.op = op;
        this.peer = peer;
        this.id = id;
        this.bytes = bytes;
        this.reply = new Promise((resolve, reject) => {
            this.#resolve = resolve;
            this.#reject = reject;
        });
    }

    follow(signal) {
        this.#signal = signal;
        follow(signal, this);
    }

    #end() {
        this.#ended = true;
        if (this.#signal !== undefined) {
            unfollow(this.#signal, this);
        }
        this.#onPart = nothing;
    }

    resolve(reply) {
        this.#end();
        this.#resolve(reply);
    }

    reject(reason) {
        this.#end();
        this.#reject(reason);
    }

    part(reply) {
        try {
            this.#onPart(reply);
        } catch (error) {
            this.abandon(error);
        }
    }

    /** Asks the service to end the request, which it has begun to answer; the reply still comes. */
    interrupt() {
        this.#connection.cancel(this);
    }

    /** Ends the call now, and the request at the service or before it gets there. */
    abandon(reason) {
        if (!this.#ended) {
            this.reject(reason);
            this.#connection.cancel(this);
        }
    }
}

export class Connection {
    #socket;
    #onLost;
    #heartbeat;
    #patience;
    #calls = new Map(); // what awaits a reply, by id
    #outbox = []; // calls that ZeroMQ does not have yet
    #sending = false;
    #lastId = 0;
    #received = 0;
    #heard = 0; // when something came last, or waiting began
    #timer;
    #lost = false;

    /** Throws where ZeroMQ does not take the endpoint or a key. `onLost` is called when it takes no more. */
    constructor({ endpoint, heartbeat, patience, curve }, onLost) {
        this.#heartbeat = heartbeat * 1000;
        this.#patience = patience * 1000;
        this.#onLost = onLost;
        this.#socket = new Dealer();
        try {
            // Not in the constructor: where that throws, the socket can not be closed any more.
            Object.assign(this.#socket, {
                linger: 0,
                sendHighWaterMark: SEND_QUEUE_MAX,
                receiveHighWaterMark: RECEIVE_QUEUE_MAX,
                ...curve,
            });
            this.#socket.connect(endpoint);
        } catch (error) {
            this.#socket.close();
            throw new TypeError(`no endpoint or key for ZeroMQ: ${error.message}`, { cause: error });
        }
        this.#receive();
        this.#observe();
    }

    /** Sends a request. Throws RequestError where it can not be sent, and the reason of an abort. */
    start(request, { signal, onPart = nothing } = {}) {
        signal?.throwIfAborted();
        const call = this.#post(request, onPart);
        if (signal) {
            call.follow(signal);
        }
        return call;
    }

    cancel(call) {
        if (this.#calls.get(call.id) !== call) {
            return;
        }
        if (call.body === undefined) {
            this.#calls.delete(call.id); // and #nextBody leaves it out
        } else {
            this.#postQuietly({ op: 'cancel', target: call.id });
        }
    }

    close(message) {
        if (this.#lost) {
            return;
        }
        this.#lost = true;
        clearTimeout(this.#timer);
        this.#socket.close();
        this.#onLost();
        for (const call of this.#calls.values()) {
            call.reject(serviceLost(call, message));
        }
        this.#calls.clear();
        this.#outbox.length = 0;
    }

    #post(request, onPart) {
        do {
            this.#lastId = this.#lastId % ID_MAX + 1;
        } while (this.#calls.has(this.#lastId));
        const bytes = encode(request, this.#lastId);
        const call = new Call(this, request, this.#lastId, bytes, onPart);
        this.#calls.set(call.id, call);
        this.#outbox.push(call);
        if (this.#calls.size === 1) {
            this.#heard = performance.now();
        }
        if (this.#timer === undefined) {
            this.#wait(Math.min(this.#heartbeat, this.#patience));
        }
        if (!this.#sending) {
            this.#sending = true;
            // Behind all promises that are ready now: what they send goes into the same body.
            process.nextTick(() => this.#send());
        }
        return call;
    }

    /** A request of the client's own: nobody looks at the reply. */
    #postQuietly(request) {
        this.#post(request, nothing).reply.catch(nothing);
    }

    // A socket of ZeroMQ takes one send() at a time.
    async #send() {
        try {
            while (this.#outbox.length > 0) {
                const calls = this.#nextBody();
                if (calls.length > 0) {
                    await this.#socket.send(encodeBody(calls.map((call) => call.bytes)));
                }
            }
        } catch (error) {
            this.close(`ZeroMQ: ${error.message}`);
        }
        this.#sending = false;
    }

    /** The calls that go into one body, out of the outbox. */
    #nextBody() {
        const body = { bytes: 0 };
        const calls = [];
        let taken = 0;
        while (taken < this.#outbox.length && calls.length < BODY_REQUESTS_MAX) {
            const call = this.#outbox[taken];
            if (this.#calls.get(call.id) === call) {
                if (calls.length > 0 && body.bytes + call.bytes.length > BODY_BYTES_MAX) {
                    break;
                }
                body.bytes += call.bytes.length;
                call.body = body;
                calls.push(call);
            }
            taken++;
        }
        this.#outbox.splice(0, taken);
        return calls;
    }

    async #receive() {
        try {
            for (;;) {
                const frames = await this.#socket.receive();
                this.#received++;
                this.#heard = performance.now();
                if (frames.length !== 1) {
                    throw new TypeError('a reply has to be one frame');
                }
                for (const reply of decodeBody(frames[0])) {
                    this.#deliver(reply);
                }
            }
        } catch (error) {
            // Where close() has ended receive() this does nothing.
            this.close(`what came is no reply: ${error.message}`);
        }
    }

    #deliver(reply) {
        const call = this.#calls.get(reply.id);
        if (call === undefined) {
            if (reply.id === null) {
                this.#refused(reply);
            }
        } else if (reply.more === true) {
            call.part(reply);
        } else {
            this.#calls.delete(reply.id);
            call.resolve(reply);
        }
    }

    /**
     * A body was refused as a whole, and the error does not say which. All that we send is well-formed, so it
     * was larger than the service is configured to take, and then it was the largest.
     */
    #refused(reply) {
        let largest;
        for (const { body } of this.#calls.values()) {
            if (body !== undefined && body.bytes > (largest?.bytes ?? 0)) {
                largest = body;
            }
        }
        for (const call of [...this.#calls.values()]) {
            if (call.body === largest && largest !== undefined) {
                this.#deliver({ ...reply, id: call.id, peer: call.peer });
            }
        }
    }

    #wait(delay) {
        const due = performance.now() + delay;
        this.#timer = setTimeout(() => this.#look(due), delay);
    }

    #look(due) {
        if (this.#calls.size === 0) {
            this.#timer = undefined; // and the next call sets it
            return;
        }
        const now = performance.now();
        // While the program itself stood still nothing could come: that does not count as silence.
        this.#heard = Math.min(now, this.#heard + Math.max(0, now - due));
        const silence = now - this.#heard;
        if (silence >= this.#patience) {
            this.close(`nothing has come from the service for ${this.#patience / 1000} s`);
            return;
        }
        if (silence >= this.#heartbeat) {
            this.#postQuietly({ op: 'ping' });
        }
        const next = silence < this.#heartbeat ? this.#heartbeat - silence : this.#heartbeat;
        this.#wait(Math.min(next, this.#patience - silence));
    }

    async #observe() {
        let reason = 'the connection to the service broke';
        try {
            for await (const event of this.#socket.events) {
                if (event.type.startsWith('handshake:error')) {
                    reason = 'no handshake with the service: it has gone, or the keys are wrong';
                }
                if (event.type === 'disconnect') {
                    this.#onLost();
                    await this.#drained();
                    this.close(reason);
                }
            }
        } catch (error) {
            this.close(`ZeroMQ: ${error.message}`);
        }
    }

    /** Resolves when a turn of the event loop has brought nothing: what came before the end is taken. */
    async #drained() {
        let before;
        do {
            before = this.#received;
            await new Promise(setImmediate);
        } while (this.#received !== before);
    }
}

function encode(request, id) {
    let bytes;
    try {
        bytes = encodeRequest(request, id);
    } catch (error) {
        throw requestError(request, error);
    }
    if (bytes.length > REQUEST_BYTES_MAX) {
        const error = new RangeError(`a request of more than ${REQUEST_BYTES_MAX} bytes`);
        throw requestError(request, error, 402, 'too_large');
    }
    return bytes;
}
