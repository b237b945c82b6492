// A connection that is encrypted, and keys that are wrong.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { curveKeyPair } from 'zeromq';
import { Client, ServiceLostError } from '../src/index.js';
import { Service, failure, inTime } from './service.js';

const SYS_NAME = '1.3.6.1.2.1.1.5.0';

let service;
let keys;

before(async () => {
    service = await Service.start('--curve');
    const { curve } = service;
    keys = {
        endpoint: curve.endpoint,
        serverKey: curve.server_key,
        publicKey: curve.client_public,
        secretKey: curve.client_secret,
    };
});

after(() => service?.close());

test('calls, walks and batches go over an encrypted connection', async () => {
    const client = new Client(keys);
    const device = client.device(service.peer('127.91.0.1'));
    assert.equal((await device.get(SYS_NAME))[0].value.toString(), 'sim-127-91-0-1');
    let rows = 0;
    for await (const row of device.walk('1.3.6.1.2.1.2.2', { stream: 10 })) {
        assert.ok(row.oid);
        rows++;
    }
    assert.equal(rows, 88);
    const results = await client.batch([{ op: 'ping' }, { op: 'info' }]);
    assert.deepEqual(results.map(({ error }) => error), [undefined, undefined]);
    client.close();
});

test('who has the wrong keys, or none, gets an end and no service', async () => {
    const { serverKey, endpoint } = keys;
    const strangers = {
        'keys that the service does not know': { endpoint, serverKey, ...curveKeyPair() },
        'a pair made for the occasion': { endpoint, serverKey },
        'the key of another server': { ...keys, serverKey: curveKeyPair().publicKey },
        'no keys': { endpoint },
    };
    for (const [what, options] of Object.entries(strangers)) {
        const client = new Client({ ...options, heartbeat: 0.3, patience: 0.9 });
        const error = await inTime(failure(client.ping()), what);
        assert.ok(error instanceof ServiceLostError, `${what}: ${error.stack}`);
        client.close();
    }
});

test('a client with keys finds the service again', async () => {
    const client = new Client({ ...keys, heartbeat: 0.3, patience: 0.9 });
    await client.ping();
    await service.tell('kill');
    assert.ok(await inTime(failure(client.ping()), 'a ping') instanceof ServiceLostError);
    await service.tell('start');
    assert.equal((await inTime(client.ping(), 'a ping')).pong, true);
    client.close();
});
