// The client: one connection at a time, and the calls that go over it.

import { curveKeyPair } from 'zeromq';
import { Connection } from './connection.js';
import { Device } from './device.js';
import { SnmpError, errorOf, requestError, serviceLost } from './errors.js';
import { protocolKeys } from './names.js';

const SECONDS_MAX = 86400;

function seconds(name, value) {
    if (typeof value !== 'number' || !(value > 0 && value <= SECONDS_MAX)) {
        throw new RangeError(`${name} has to be a number of seconds, more than 0 and at most ${SECONDS_MAX}`);
    }
    return value;
}

/** The options of ZeroMQ for these keys. Without keys of its own a client makes a pair, known to nobody. */
function curve(serverKey, publicKey, secretKey) {
    if ((publicKey === undefined) !== (secretKey === undefined)) {
        throw new TypeError('publicKey and secretKey belong together');
    }
    if (serverKey === undefined) {
        if (publicKey !== undefined) {
            throw new TypeError('publicKey and secretKey need the serverKey');
        }
        return {};
    }
    const own = publicKey === undefined ? curveKeyPair() : { publicKey, secretKey };
    return { curveServerKey: serverKey, curvePublicKey: own.publicKey, curveSecretKey: own.secretKey };
}

export class Client {
    #options;
    #connection;
    #closed = false;

    constructor({
        endpoint = 'tcp://127.0.0.1:7161', heartbeat = 5, patience = 15, serverKey, publicKey, secretKey,
        ...unknown
    } = {}) {
        // A misspelt serverKey must not make a connection that is not encrypted.
        for (const name of Object.keys(unknown)) {
            throw new TypeError(`${name} is no option of a client`);
        }
        this.#options = {
            endpoint,
            heartbeat: seconds('heartbeat', heartbeat),
            patience: seconds('patience', patience),
            curve: curve(serverKey, publicKey, secretKey),
        };
        // Else no ping would go out before the service is held to be gone, only because devices are slow.
        if (heartbeat >= patience) {
            throw new RangeError('heartbeat has to be less than patience');
        }
        this.#connect();
    }

    device(peer, options = {}) {
        return new Device((request, how) => this.#start(request, how), peer, options);
    }

    async request(request, { signal, onPart } = {}) {
        if (request.stream && onPart === undefined) {
            throw requestError(request, new TypeError('stream: parts need onPart, or use walk()'));
        }
        const reply = await this.#start(request, { signal, onPart }).reply;
        if (reply.error) {
            throw errorOf(reply);
        }
        return reply;
    }

    // What is asked for in one tick goes out in one body, so there is nothing more to do for that.
    async batch(requests, options) {
        return Promise.all(requests.map((request) => this.request(request, options).catch((error) => {
            if (error instanceof SnmpError) {
                return error;
            }
            throw error;
        })));
    }

    ping(options) {
        return this.#own('ping', options);
    }

    async info(options) {
        return (await this.#own('info', options)).info;
    }

    devices(options) {
        return this.#own('devices', options);
    }

    close() {
        this.#closed = true;
        this.#connection?.close('the client was closed');
    }

    #own(op, { signal, ...options } = {}) {
        return this.request({ ...protocolKeys(options), op }, { signal });
    }

    #connect() {
        const connection = new Connection(this.#options, () => {
            if (this.#connection === connection) {
                this.#connection = undefined; // the next call makes a new one
            }
        });
        this.#connection = connection;
    }

    #start(request, how) {
        if (this.#closed) {
            throw serviceLost(request, 'the client was closed', 'no');
        }
        if (this.#connection === undefined) {
            this.#connect();
        }
        return this.#connection.start(request, how);
    }
}

// Node has these symbols since 18.18.
if (Symbol.asyncDispose) {
    Client.prototype[Symbol.asyncDispose] = async function dispose() {
        this.close();
    };
}
