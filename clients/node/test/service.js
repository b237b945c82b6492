// The service that the tests ask: tests/vectors/serve, with a simulator and a zsnmpd of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const top = fileURLToPath(new URL('../../..', import.meta.url));
export const build = process.env.BUILD_DIR ?? `${top}build`;

const PATIENCE = 60_000;

/** What a promise gives, or an error where it takes too long: no test waits for ever. */
export async function inTime(promise, what, ms = PATIENCE) {
    let timer;
    const late = new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** Waits until something asynchronous is true. */
export async function until(what, condition) {
    const end = performance.now() + PATIENCE;
    while (!await condition()) {
        assert.ok(performance.now() < end, `${what}: never`);
        await new Promise((resolve) => {
            setTimeout(resolve, 5);
        });
    }
}

/** The error that a promise ends with. */
export async function failure(promise) {
    let value;
    try {
        value = await promise;
    } catch (error) {
        return error;
    }
    throw new assert.AssertionError({ message: 'should have failed', actual: value });
}

export class Service {
    #child;
    #lines;

    static async start(...options) {
        const service = new Service();
        service.#child = spawn(`${top}tests/vectors/serve`, options, {
            env: { ...process.env, BUILD_DIR: build }, stdio: ['pipe', 'pipe', 'inherit'],
        });
        service.#lines = createInterface({ input: service.#child.stdout })[Symbol.asyncIterator]();
        Object.assign(service, JSON.parse(await service.#line('the first line of serve')));
        return service;
    }

    async #line(what) {
        const { value, done } = await inTime(this.#lines.next(), what);
        assert.ok(!done, `${what}: serve has ended`);
        return value;
    }

    /** Says a line and gives what comes behind the `ok`. */
    async tell(line) {
        this.#child.stdin.write(`${line}\n`);
        const answer = await this.#line(line);
        assert.match(answer, /^ok/, line);
        return answer.slice(3);
    }

    /** What the simulator has counted for a device that a rule names. */
    async stats(address) {
        const answer = await this.tell(`stats ${address}`);
        return Object.fromEntries([...answer.matchAll(/(\w+)=(\d+)/g)].map(([, key, n]) => [key, Number(n)]));
    }

    peer(address) {
        return `${address}:${this.port}`;
    }

    async close() {
        this.#child.stdin.end();
        await inTime(once(this.#child, 'exit'), 'the end of serve');
    }
}

/** A zsnmpd by itself, with these lines in the section `server` of its configuration. */
export async function startService(...settings) {
    const directory = await mkdtemp(`${tmpdir()}/zsnmp-`);
    await writeFile(`${directory}/conf`, ['server', ...settings.map((line) => `    ${line}`), ''].join('\n'));
    const args = ['--config', `${directory}/conf`, '--bind', 'tcp://127.0.0.1:*'];
    const child = spawn(`${build}/bin/zsnmpd`, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const close = async () => {
        child.kill('SIGKILL');
        await rm(directory, { recursive: true });
    };
    try {
        for await (const line of createInterface({ input: child.stderr })) {
            const endpoint = /ready.*(tcp:\/\/[\d.]+:\d+)/.exec(line)?.[1];
            if (endpoint !== undefined) {
                return { endpoint, close };
            }
        }
        throw new Error('zsnmpd has ended');
    } catch (error) {
        await close();
        throw error;
    }
}
