// What users get: the types, the quick start, the example, the package as npm installs it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as zsnmp from '../src/index.js';
import { Service, top } from './service.js';

const home = fileURLToPath(new URL('..', import.meta.url));
const LIMIT = 60_000;

let service;

before(async () => {
    service = await Service.start();
});

after(() => service?.close());

/** Runs a program to its end; none may take longer than a minute. */
function run(file, args, options) {
    return new Promise((resolve, reject) => {
        execFile(file, args, { timeout: LIMIT, ...options }, (error, stdout, stderr) => {
            if (error && typeof error.code !== 'number') {
                reject(error);
            } else {
                resolve({ code: error?.code ?? 0, stdout, stderr });
            }
        });
    });
}

/** The quick start of the README, for a service and a device that there are. */
async function quickStart() {
    const readme = await readFile(`${home}README.md`, 'utf8');
    const [, code] = /## Quick start\n\n```js\n([^]*?)```/.exec(readme);
    return code.replace('tcp://127.0.0.1:7161', service.endpoint)
        .replace('192.0.2.1', service.peer('127.95.0.1'));
}

function isQuickStart({ code, stdout, stderr }) {
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const lines = stdout.trim().split('\n');
    assert.match(lines[0], /^sim-127-95-0-1 is up for [\d.]+ s$/);
    assert.equal(lines[1], '1.3.6.1.2.1.2.2.1.2.1 lo');
    assert.equal(lines.length, 5);
}

test('the version is that of the tree', async () => {
    const { version } = JSON.parse(await readFile(`${home}package.json`, 'utf8'));
    assert.equal(version, (await readFile(`${top}VERSION`, 'utf8')).trim());
});

test('the types declare what there is, and nothing else', async () => {
    const types = await readFile(`${home}index.d.ts`, 'utf8');
    const declared = [...types.matchAll(/^export (?:class|const) (\w+)/gm)].map(([, name]) => name);
    const hidden = ['Walk', 'Device']; // made by calls alone
    assert.deepEqual(declared.filter((name) => !hidden.includes(name)).sort(), Object.keys(zsnmp).sort());
    const client = new zsnmp.Client({ endpoint: service.endpoint });
    const device = client.device('192.0.2.1');
    const objects = { Client: client, Device: device, Walk: device.walk('1.3') };
    for (const [name, object] of Object.entries(objects)) {
        const [, body] = new RegExp(`^export class ${name} [^]*?{\\n([^]*?)^}`, 'm').exec(types);
        const methods = [...body.matchAll(/^ {4}(?!constructor|private)(\w+)\(/gm)]
            .map(([, method]) => method);
        const actual = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
            .filter(([key, { value }]) => typeof value === 'function' && key !== 'constructor')
            .map(([key]) => key);
        assert.deepEqual(methods.sort(), actual.sort(), name);
    }
    assert.deepEqual(zsnmp.ObjectType, Object.fromEntries(
        [...types.matchAll(/^ {4}readonly (\w+): (\d+);$/gm)].map(([, name, tag]) => [name, Number(tag)])));
    client.close();
});

test('the quick start of the README runs from the tree', async () => {
    const args = ['--input-type=module', '--eval', await quickStart()];
    isQuickStart(await run(process.execPath, args, { cwd: home }));
});

test('the example polls devices, and says which ones do not answer', async () => {
    await service.tell('rule 127.96.0.3: dead');
    const peers = [1, 2, 3].map((last) => service.peer(`127.96.0.${last}`));
    const args = [`${home}examples/poll.mjs`, '--endpoint', service.endpoint, ...peers];
    const { code, stdout } = await run(process.execPath, args);
    const lines = stdout.trim().split('\n');
    assert.equal(code, 1);
    assert.match(lines[0], /^device +name +uptime +interfaces +error$/);
    assert.match(lines[1], /^127\.96\.0\.1:\d+ +sim-127-96-0-1 +\d+d \d+h \d+m +4$/);
    assert.match(lines[3], /^127\.96\.0\.3:\d+ +the device did not answer in time$/);
    assert.equal(lines.length, 4);
});

test('the package that dist.sh makes is whole: it installs and runs in an empty directory', async () => {
    const directory = await mkdtemp(`${tmpdir()}/zsnmp-`);
    try {
        const packed = await run(`${home}dist.sh`, [], { env: { ...process.env, DIST_DIR: directory } });
        assert.equal(packed.code, 0, packed.stderr);
        const [tarball] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
        await writeFile(`${directory}/package.json`, '{ "private": true, "type": "module" }\n');
        await writeFile(`${directory}/start.js`, await quickStart());
        const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`];
        const installed = await run('npm', args, { cwd: directory });
        assert.equal(installed.code, 0, installed.stderr);
        isQuickStart(await run(process.execPath, ['start.js'], { cwd: directory }));
        const files = await readdir(`${directory}/node_modules/zsnmp`);
        assert.deepEqual(files.sort(), ['README.md', 'examples', 'index.d.ts', 'package.json', 'src']);
    } finally {
        await rm(directory, { recursive: true });
    }
});
