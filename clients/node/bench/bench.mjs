// GETs a second and the CPU time of each, through a ZSNMP service and with net-snmp: 1,000 simulated devices
// are asked for one object, again and again: all at the same time, in a loop for each, one after the other.
//
//     npm install --prefix bench && node bench/bench.mjs
//
// BUILD_DIR names where zsnmpd and zsnmp-sim are (default: build at the top of the tree).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import snmp from 'net-snmp';
import { Client } from '../src/index.js';

const DEVICES = 1000;
const SECONDS = 5;
const OID = '1.3.6.1.2.1.1.3.0';
const build = process.env.BUILD_DIR ?? fileURLToPath(new URL('../../../build', import.meta.url));

async function start(program, args, ready) {
    const child = spawn(`${build}/bin/${program}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    process.on('exit', () => child.kill());
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
    }
    const found = await new Promise((resolve, reject) => {
        const look = (line) => {
            const match = ready.exec(line);
            if (match) {
                resolve(match[1]);
            }
        };
        createInterface({ input: child.stdout }).on('line', look);
        createInterface({ input: child.stderr }).on('line', look);
        child.once('exit', () => reject(new Error(`${program} ended`)));
        child.once('error', reject);
    });
    return { child, found };
}

/** Seconds of CPU that a process has used; Linux counts them in hundredths. */
function cpuOf(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function measure(name, pids, round) {
    await round();
    const before = pids.map(cpuOf);
    const own = process.cpuUsage();
    const began = performance.now();
    let gets = 0;
    while (performance.now() - began < SECONDS * 1000) {
        gets += await round();
    }
    const elapsed = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(own);
    const others = pids.map((pid, i) => cpuOf(pid) - before[i]);
    const us = (cpu, where) => `${(cpu / gets * 1e6).toFixed(1).padStart(8)} us ${where}`;
    console.log(name.padEnd(24), `${(gets / elapsed).toFixed(0).padStart(8)} GET/s`,
        us((user + system) / 1e6, 'here'), ...others.map((cpu) => us(cpu, 'in zsnmpd')));
}

const sim = await start('zsnmp-sim', [], /^listening (\d+)/);
const service = await start('zsnmpd', ['--bind', 'tcp://127.0.0.1:*', '--workers', '1'],
    /ready.*(tcp:\/\/[\d.]+:\d+)/);
const port = Number(sim.found);
const addresses = Array.from({ length: DEVICES }, (_, i) => `127.1.${i >> 8}.${i & 255}`);

const client = new Client({ endpoint: service.found });
const devices = addresses.map((address) => client.device(`${address}:${port}`));
await measure('zsnmp, all at once', [service.child.pid], async () => {
    await Promise.all(devices.map((device) => device.get(OID)));
    return DEVICES;
});
await measure('zsnmp, 1,000 loops', [service.child.pid], async () => {
    await Promise.all(devices.map(async (device) => {
        for (let i = 0; i < 10; i++) {
            await device.get(OID);
        }
    }));
    return DEVICES * 10;
});
await measure('zsnmp, one by one', [service.child.pid], async () => {
    for (let i = 0; i < 100; i++) {
        await devices[i].get(OID);
    }
    return 100;
});
client.close();

const sessions = addresses.map((address) => snmp.createSession(address, 'public', {
    port, version: snmp.Version2c,
}));
const get = (session) => new Promise((resolve, reject) => {
    session.get([OID], (error, varbinds) => (error ? reject(error) : resolve(varbinds)));
});
await measure('net-snmp, all at once', [], async () => {
    await Promise.all(sessions.map(get));
    return DEVICES;
});
await measure('net-snmp, 1,000 loops', [], async () => {
    await Promise.all(sessions.map(async (session) => {
        for (let i = 0; i < 10; i++) {
            await get(session);
        }
    }));
    return DEVICES * 10;
});
await measure('net-snmp, one by one', [], async () => {
    for (let i = 0; i < 100; i++) {
        await get(sessions[i]);
    }
    return 100;
});
for (const session of sessions) {
    session.close();
}
for (const { child } of [service, sim]) {
    child.kill();
    await once(child, 'exit');
}
