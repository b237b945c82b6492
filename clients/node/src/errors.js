// What can go wrong, as objects of classes that tell what kind of thing it was.

/**
 * An error as the service has told it, or as the client found it (code 0).
 *
 * `reply` is the whole reply; `peer`, `varbinds`, `stop` and `next` are those of it.
 */
export class SnmpError extends Error {
    constructor(reply, options) {
        const { code, name, message, index, retryable, sent } = reply.error;
        super(message, options);
        this.name = name;
        this.code = code;
        this.index = index;
        this.retryable = retryable;
        this.sent = sent;
        for (const key of ['peer', 'varbinds', 'stop', 'next']) {
            if (reply[key] !== undefined) {
                this[key] = reply[key];
            }
        }
        // Not shown when the error is printed: all that matters of it is above.
        Object.defineProperty(this, 'reply', { value: reply });
    }
}

/** The device answered with an error-status (codes 1 to 18). */
export class DeviceError extends SnmpError {}

/** Something happened on the way to the device: no answer, no way, no such address (100 and up). */
export class DeliveryError extends SnmpError {}

/** What the user-based security model says (200 and up). */
export class UsmError extends SnmpError {}

/** What the service decided: full, deadline, cancelled, shutting down (300 and up); it failed (500). */
export class ServiceError extends SnmpError {}

/** Something is wrong with the request (400 and up). */
export class RequestError extends SnmpError {}

/** The service is gone, or the client was closed (code 0, `service_lost`). */
export class ServiceLostError extends SnmpError {}

/** A device that goes round in circles has cut a walk off: `non_increasing` or `loop` (code 0). */
export class WalkError extends SnmpError {}

const kinds = [DeviceError, DeliveryError, UsmError, ServiceError, RequestError, ServiceError];

/** The error of a reply that has one. */
export function errorOf(reply) {
    const Kind = kinds[Math.floor(reply.error.code / 100)] ?? ServiceError;
    return new Kind(reply);
}

/** The error of a request that can not be sent as it is; `code` and `name` as the service would have it. */
export function requestError(request, cause, code = 400, name = 'bad_request') {
    const error = { code, name, message: cause.message, index: 0, retryable: false, sent: 'no' };
    return new RequestError({ peer: request?.peer, error }, { cause });
}

/** The error of a request whose reply will not come. */
export function serviceLost({ op, peer }, message, sent = 'maybe') {
    const error = { code: 0, name: 'service_lost', message, index: 0, retryable: op !== 'set', sent };
    return new ServiceLostError({ peer, error });
}

/** The error of a walk that ended before its end, though nothing failed. */
export function walkCut(reply) {
    const message = reply.stop === 'loop'
        ? 'the device answered with the same name again'
        : 'the device answered with a name that is not behind the one before it';
    const error = { code: 0, name: reply.stop, message, index: 0, retryable: false, sent: 'yes' };
    return new WalkError({ ...reply, error });
}
