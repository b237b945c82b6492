/// <reference types="node" />

/** An OID: text such as `1.3.6.1.2.1.1.1.0`, a leading dot allowed, or its numbers. */
export type Oid = string | readonly number[];

/** What a device says in place of a value. There are three of these; compare them with `===`. */
export class NoValue {
    private constructor();
    readonly name: 'noSuchObject' | 'noSuchInstance' | 'endOfMibView';
    readonly type: 128 | 129 | 130;
    toString(): string;
    toJSON(): string;
}

export const noSuchObject: NoValue;
export const noSuchInstance: NoValue;
export const endOfMibView: NoValue;

/** ASN.1 tags, as in the `type` of a varbind. */
export const ObjectType: {
    readonly Integer: 2;
    readonly OctetString: 4;
    readonly Null: 5;
    readonly OID: 6;
    readonly IpAddress: 64;
    readonly Counter: 65;
    readonly Gauge: 66;
    readonly TimeTicks: 67;
    readonly Opaque: 68;
    readonly NsapAddress: 69;
    readonly Counter64: 70;
    readonly UInteger32: 71;
    readonly OpaqueCounter64: 118;
    readonly OpaqueFloat: 120;
    readonly OpaqueDouble: 121;
    readonly OpaqueInteger64: 122;
    readonly OpaqueUnsigned64: 123;
    readonly NoSuchObject: 128;
    readonly NoSuchInstance: 129;
    readonly EndOfMibView: 130;
};

/** Integers are numbers where these are exact (up to 2^53-1), and bigints beyond. */
export type Value = number | bigint | string | Buffer | null | NoValue;

export interface Varbind {
    oid: string;
    /** The ASN.1 tag. */
    type: number;
    value: Value;
}

/** The letters of snmpset. */
export type SettingType =
    'i' | 'u' | 'c' | 't' | 'C' | 'a' | 'o' | 's' | 'x' | 'd' | 'b' | 'n' | 'I' | 'U' | 'F' | 'D';

export type SettingValue = number | bigint | string | Uint8Array | readonly number[] | null;

/** What to set: `type` is a letter, or the tag that a varbind has which was read. */
export type Setting =
    | { oid: Oid; type: SettingType | number; value?: SettingValue | NoValue }
    | readonly [oid: Oid, type: SettingType | number, value?: SettingValue];

/** A map of the protocol, with the protocol's keys. */
export type Request = { op: string; [key: string]: unknown };

/** A reply, with the protocol's keys. */
export interface Reply {
    id: number;
    peer?: string;
    more?: boolean;
    complete?: boolean;
    stop?: string;
    next?: string | (string | null)[];
    quirks?: string[];
    rtt_us?: number;
    tries?: number;
    [key: string]: any;
}

export interface CallOptions {
    /** Ends the call, at once and at the service. */
    signal?: AbortSignal;
}

/**
 * What is said about a device or a request. Names are those of the protocol in camel case; these stand for
 * themselves too, and what is not listed here goes along.
 */
export interface SnmpOptions {
    version?: '1' | '2c' | '3' | 1 | 2 | 3;
    community?: string | Uint8Array;
    user?: string | Uint8Array;
    authProto?: string;
    authPass?: string | Uint8Array;
    privProto?: string;
    privPass?: string | Uint8Array;
    authKey?: string | Uint8Array;
    privKey?: string | Uint8Array;
    level?: string;
    engineId?: string | Uint8Array;
    context?: string | Uint8Array;
    contextEngineId?: string | Uint8Array;
    timeoutMs?: number;
    retries?: number;
    deadlineMs?: number;
    priority?: number;
    deviceWindow?: number;
    deviceQueueMax?: number;
    deviceIntervalMs?: number;
    timing?: boolean;
    must?: string[];
    [option: string]: unknown;
}

export interface SnmpCallOptions extends SnmpOptions, CallOptions {}

export interface BulkOptions extends SnmpCallOptions {
    nonRepeaters?: number;
    maxRepetitions?: number;
}

export interface WalkOptions extends SnmpCallOptions {
    maxRepetitions?: number;
    bulk?: boolean;
    /** Begins behind it; with several roots an array, null where nothing is left. */
    start?: Oid | readonly (Oid | null)[];
    /** Ends the walk after so many rows. */
    limit?: number;
    /** Rows of a part (100); 0: all in one reply, several roots at the same time. */
    stream?: number;
}

export interface TableOptions extends SnmpCallOptions {
    /** Numbers of the columns to read; all of them where absent. */
    columns?: readonly number[];
    maxRepetitions?: number;
    bulk?: boolean;
    limit?: number;
}

/** Varbinds in the order of the device, and the reply that they came in. */
export type Varbinds = Varbind[] & { readonly reply: Reply };

/** Rows of a table by index; a row has its values by the number of the column. */
export type Table = Map<string, { [column: string]: Value }>;

/** Rows as they come. The walk is begun by the first `next()` and ended by `return()`, as `break` does. */
export class Walk implements AsyncIterableIterator<Varbind> {
    private constructor();
    /** How it ended: `complete`, `stop`, `next`, `quirks`. Undefined before. */
    readonly reply: Reply | undefined;
    next(): Promise<IteratorResult<Varbind, undefined>>;
    return(value?: any): Promise<IteratorResult<Varbind, undefined>>;
    throw(error?: any): Promise<IteratorResult<Varbind, undefined>>;
    [Symbol.asyncIterator](): this;
}

export class Device {
    private constructor();
    readonly peer: string;
    get(oids: Oid | readonly Oid[], options?: SnmpCallOptions): Promise<Varbinds>;
    getNext(oids: Oid | readonly Oid[], options?: SnmpCallOptions): Promise<Varbinds>;
    getBulk(oids: Oid | readonly Oid[], options?: BulkOptions): Promise<Varbinds>;
    set(settings: readonly Setting[], options?: SnmpCallOptions): Promise<Varbinds>;
    walk(roots: Oid | readonly Oid[], options?: WalkOptions): Walk;
    /** Reads a table by its OID, the one above its entry. */
    table(oid: Oid, options?: TableOptions): Promise<Table>;
}

/** What the service's own calls take; what is not listed here goes along. */
export interface ServiceOptions extends CallOptions {
    must?: string[];
    [option: string]: unknown;
}

export interface ClientOptions {
    /** Where the service is: `tcp://127.0.0.1:7161` where absent. */
    endpoint?: string;
    /** Seconds without a word from the service after which it is sent a ping (5). */
    heartbeat?: number;
    /** Seconds without a word from it after which it is held to be gone (15); more than `heartbeat`. */
    patience?: number;
    /** CURVE keys in Z85. With `serverKey` alone the client makes a pair of its own. */
    serverKey?: string;
    publicKey?: string;
    secretKey?: string;
}

export class Client {
    /** Begins to connect. Throws where an option is wrong. */
    constructor(options?: ClientOptions);

    device(peer: string, options?: SnmpOptions): Device;

    /** Sends a map of the protocol and gives the reply. `onPart` gets the parts of a walk with `stream`. */
    request(request: Request, options?: CallOptions & { onPart?: (part: Reply) => void }): Promise<Reply>;

    /** Sends many maps at once. The result has the reply to each, in their order, or its error. */
    batch(requests: readonly Request[], options?: CallOptions): Promise<(Reply | SnmpError)[]>;

    ping(options?: ServiceOptions): Promise<Reply & {
        pong: true;
        protocol: string;
        version: string;
        uptime_ms: number;
    }>;
    info(options?: ServiceOptions): Promise<{ [name: string]: number | bigint | string }>;
    devices(options?: ServiceOptions & {
        limit?: number;
        sort?: 'peer' | 'requests' | 'timeouts' | 'rtt' | 'queued' | 'last_seen';
    }): Promise<Reply & { known: number; devices: { peer: string; state: string; [key: string]: any }[] }>;

    /** Ends all calls and the connection. */
    close(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

/** An error of the protocol, or one that the client has found (code 0). */
export class SnmpError extends Error {
    protected constructor();
    /** As in docs/PROTOCOL.md: 1 to 18 the device, 100 the way, 200 USM, 300 the service, 400 the request. */
    readonly code: number;
    /** Which OID or setting it is about, from 1; 0 where none. */
    readonly index: number;
    /** The same request may succeed later, and sending it again does no harm. */
    readonly retryable: boolean;
    /** Whether the device has got a packet: it has answered, it may have, it has not. */
    readonly sent: 'no' | 'maybe' | 'yes';
    readonly peer?: string;
    /** What came before the failure: objects from `Device`, the form that was asked for from `request`. */
    readonly varbinds?: any;
    /** Why a walk ended. */
    readonly stop?: string;
    /** Where a walk can go on: give it as `start`. */
    readonly next?: string | (string | null)[];
    readonly reply: Reply;
}

export class DeviceError extends SnmpError {}
export class DeliveryError extends SnmpError {}
export class UsmError extends SnmpError {}
export class ServiceError extends SnmpError {}
export class RequestError extends SnmpError {}
export class ServiceLostError extends SnmpError {}
export class WalkError extends SnmpError {}
