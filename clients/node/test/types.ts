// Never run: that it compiles shows that the types say what the interface is (test.sh).

import {
    Client, DeliveryError, ServiceLostError, SnmpError, noSuchObject, ObjectType,
    type Device, type Reply, type Table, type Value, type Varbind, type Varbinds, type Walk,
} from 'zsnmp';

export async function use(signal: AbortSignal): Promise<void> {
    await using client = new Client({ endpoint: 'ipc:///run/zsnmp/zsnmpd.sock', heartbeat: 1, patience: 5 });
    const device: Device = client.device('192.0.2.1', {
        user: 'admin', authProto: 'SHA-256', authPass: Buffer.from('correct horse'), auth_proto: 'SHA-256',
    });
    const varbinds: Varbinds = await device.get(['1.3.6.1.2.1.1.3.0', [1, 3, 6]], { signal, timeoutMs: 500 });
    const tries: number | undefined = varbinds.reply.tries;
    const first: Varbind | undefined = varbinds[0];
    const value: Value | undefined = first?.value;
    if (first?.type === ObjectType.OctetString && Buffer.isBuffer(value)) {
        value.toString('hex', tries);
    }
    if (value === noSuchObject) {
        noSuchObject.toString();
    }
    const walk: Walk = device.walk('1.3.6', { start: ['1.3.6.1', null], limit: 5, stream: 10 });
    for await (const { oid, type } of walk) {
        oid.startsWith('1.3') && type.toFixed();
    }
    const stop: string | undefined = walk.reply?.stop;
    const table: Table = await device.table('1.3.6.1.2.1.2.2', { columns: [1, 2] });
    const cell: Value | undefined = table.get('1')?.[2];
    await device.set([{ oid: '1.3', type: 's', value: 'x' }, [[1, 3], 'C', 2n ** 63n], first!]);
    await device.getBulk('1.3.6', { nonRepeaters: 0, maxRepetitions: 10 });
    await device.getNext('1.3.6');

    const reply: Reply = await client.request({ op: 'walk', peer: 'x', oids: ['1.3'], stream: 1 },
        { onPart: (part) => part.more, signal });
    for (const result of await client.batch([{ op: 'ping' }])) {
        if (result instanceof SnmpError) {
            const sent: 'no' | 'maybe' | 'yes' = result.sent;
            throw new Error(`${sent} ${result.code} ${cell} ${stop} ${reply.id}`, { cause: result });
        }
    }
    try {
        const { devices } = await client.devices({ limit: 5, sort: 'rtt' });
        devices.map(({ peer }) => peer);
        const { version } = await client.ping({ signal });
        const counters = await client.info();
        counters[version];
    } catch (error) {
        if (error instanceof DeliveryError || error instanceof ServiceLostError) {
            error.retryable satisfies boolean;
        }
    }

    // @ts-expect-error: there is no such letter
    await device.set([['1.3', 'q', 1]]);
    // @ts-expect-error: an OID is no number
    await device.get(5);
    // @ts-expect-error: made by walk() alone
    new (walk.constructor as typeof import('zsnmp').Walk)();
    // @ts-expect-error: seconds are a number
    new Client({ patience: '15' });
    client.close();
}
