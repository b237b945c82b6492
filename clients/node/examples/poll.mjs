// Asks many devices at the same time, with a progress bar, and prints a table of what they said.
//
//     node examples/poll.mjs [--endpoint tcp://127.0.0.1:7161] [--community public] PEER...
//     node examples/poll.mjs --file devices.txt          # a peer on each line

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Client, NoValue, SnmpError } from 'zsnmp';

const OIDS = {
    name: '1.3.6.1.2.1.1.5.0',
    uptime: '1.3.6.1.2.1.1.3.0',
    interfaces: '1.3.6.1.2.1.2.1.0',
};

const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        endpoint: { type: 'string' },
        community: { type: 'string', default: 'public' },
        file: { type: 'string' },
    },
});
const listed = options.file === undefined ? '' : await readFile(options.file, 'utf8');
const lines = listed.split('\n').map((line) => line.trim());
const peers = [...positionals, ...lines.filter((line) => line !== '')];

function progress(done, total) {
    if (process.stderr.isTTY) {
        const filled = Math.round(done / total * 40);
        const bar = '#'.repeat(filled).padEnd(40);
        process.stderr.write(`\r[${bar}] ${done}/${total}${done === total ? '\n' : ''}`);
    }
}

function duration(hundredths) {
    const minutes = Math.floor(hundredths / 6000);
    return `${Math.floor(minutes / 1440)}d ${Math.floor(minutes / 60) % 24}h ${minutes % 60}m`;
}

async function poll(device) {
    try {
        const [name, uptime, interfaces] = (await device.get(Object.values(OIDS))).map(({ value }) => value);
        return {
            device: device.peer,
            name: `${name}`,
            uptime: uptime instanceof NoValue ? '' : duration(uptime),
            interfaces: `${interfaces}`,
            error: '',
        };
    } catch (error) {
        if (!(error instanceof SnmpError)) {
            throw error;
        }
        return { device: device.peer, name: '', uptime: '', interfaces: '', error: error.message };
    }
}

function print(rows) {
    const columns = ['device', ...Object.keys(OIDS), 'error'];
    const lines = [Object.fromEntries(columns.map((column) => [column, column])), ...rows];
    const widths = columns.map((column) => Math.max(...lines.map((line) => line[column].length)));
    for (const line of lines) {
        console.log(columns.map((column, i) => line[column].padEnd(widths[i])).join('  ').trimEnd());
    }
}

const client = new Client({ endpoint: options.endpoint });
try {
    let done = 0;
    const rows = await Promise.all(peers.map(async (peer) => {
        const row = await poll(client.device(peer, { community: options.community }));
        progress(++done, peers.length);
        return row;
    }));
    print(rows);
    process.exitCode = rows.some(({ error }) => error !== '') ? 1 : 0;
} finally {
    client.close();
}
