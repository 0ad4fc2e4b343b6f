import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

jest.setTimeout(60_000);

const START = fileURLToPath(new URL('./start.ts', import.meta.url));
const ANY_PORT = { PORT: '0', INSTAGRAM_SIMULATOR_PORT: '0' };

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
  chmodSync(folder, 0o711); // so that PostgreSQL's own user reaches the data where root runs the tests
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map((child) => stopped(child, 'SIGKILL')));
  // A killed start leaves its PostgreSQL behind; the next one on the same folder takes it over, and stops it.
  if (children.length > 0) await run({ ...ANY_PORT, DATA_DIR: 'state' }, { stopWhenUp: true });
  rmSync(folder, { recursive: true, force: true });
});

const launch = (variables: Record<string, string>): ChildProcess => {
  const given = {
    DATABASE_URL: '',
    INSTAGRAM_ACCESS_TOKEN: '',
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'pretty',
    ...variables,
  };
  const assignments = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  return spawn('env', [...assignments, process.execPath, START], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
};

const stopped = async (child: ChildProcess, signal?: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  if (signal) child.kill(signal);
  return exited;
};

/** Whole lines, each of them JSON. */
const parseLines = (output: string) =>
  output
    .slice(0, output.lastIndexOf('\n'))
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; url?: string });

/** Starts it until it serves; gives its address. */
const up = async (variables: Record<string, string> = {}) => {
  const child = launch({ ...ANY_PORT, DATA_DIR: 'state', ...variables });
  children.push(child);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(output)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
        const found = /Serving (\S+).*Ctrl-C stops everything/s.exec(output)?.[1];
        if (found) resolve(found);
      });
    }
  });
  return { child, url, output: () => output };
};

/** Runs it to its end. */
const run = async (variables: Record<string, string>, { stopWhenUp = false } = {}) => {
  const child = launch(variables);
  if (stopWhenUp) child.stdout?.on('data', (chunk) => String(chunk).includes('Ctrl-C stops') && child.kill('SIGTERM'));
  const output = Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream) : '')));
  const code = await stopped(child);
  return { code, lines: (await output).join('').split('\n').filter(Boolean) };
};

describe('npm start', () => {
  test('serves with lines to try that work, refuses to share its folder, survives kill -9, stops cleanly', async () => {
    const first = await up();
    const commands = [...first.output().matchAll(/^ {2}curl (.*)$/gm)].map(([, command = '']) => command);
    expect(commands[0]).toMatch(/-X POST \S+\/api\/v1\/sync .*-d '\{"include": \["comments"\]\}'$/);
    const statuses: number[] = [];
    for (const command of commands) {
      const target = /https?:[^\s']+/.exec(command)?.[0] ?? '';
      const body = / -d '([^']+)'/.exec(command)?.[1];
      const { status } = await fetch(target, {
        method: command.includes('-X POST') ? 'POST' : 'GET',
        ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      });
      statuses.push(status);
    }
    const beside = await run({ ...ANY_PORT, DATA_DIR: 'state' });
    await stopped(first.child, 'SIGKILL');
    const second = await up();
    const { results } = (await (await fetch(`${second.url}/api/v1/posts?limit=1`)).json()) as { results: unknown[] };
    const code = await stopped(second.child, 'SIGTERM');

    expect([200, 202]).toContain(statuses[0]); // 202: on a busy machine the sync takes longer than its caller waits
    expect(statuses.slice(1)).toEqual([200, 200]);
    expect(beside).toEqual({
      code: 1,
      lines: [expect.stringMatching(/^DATA_DIR: .*state.* is in use by process \d+; stop that one, or set another$/)],
    });
    expect(results).toHaveLength(1);
    expect(code).toBe(0);
    await expect(fetch(second.url)).rejects.toThrow();
  });

  test('where nobody reads along, all that it writes is JSON', async () => {
    const open = { HOST: '0.0.0.0', ALLOW_OPEN_BIND: 'true' };
    const child = launch({ ...ANY_PORT, ...open, DATA_DIR: 'state', LOG_FORMAT: '', LOG_LEVEL: 'info' });
    children.push(child);
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    const untilItSays = async (words: string) => {
      while (!output.includes(words)) await once(child.stdout ?? child, 'data');
    };
    await untilItSays('"tick"'); // the line after the one that says where it serves
    const { url = '' } = parseLines(output).find(({ event }) => event === 'serving') ?? {};
    await fetch(`${url}/api/v1/health`);
    await untilItSays('request_finished');

    expect(parseLines(output).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['local_home', 'serving', 'request_finished']),
    );
    expect(parseLines(output)).toContainEqual(
      expect.objectContaining({
        level: 'WARN',
        message: expect.stringMatching(/^WARNING: everybody who reaches [^\n]+$/),
      }),
    );
    await stopped(child, 'SIGTERM');
  });

  test('on a terminal requests and syncs are lines for people', async () => {
    const { child, url, output } = await up({ LOG_LEVEL: 'info' });
    await fetch(`${url}/api/v1/sync`, { method: 'POST' });
    while (!/^\d\d:\d\d:\d\d POST \/api\/v1\/sync 200 /m.test(output())) await once(child.stdout ?? child, 'data');

    expect(output()).toMatch(/^\d\d:\d\d:\d\d sync \d+: \d+ media$/m);
    expect(output()).toMatch(/^\d\d:\d\d:\d\d sync \d+ succeeded: 250 created$/m);
    expect(output()).not.toContain('{"level"');
    await stopped(child, 'SIGTERM');
  });

  test('whoever stops npm stops the service: nothing is left that holds the port', async () => {
    const variables = [
      'LOG_FORMAT=pretty',
      'INSTAGRAM_ACCESS_TOKEN=',
      'DATABASE_URL=',
      'PORT=0',
      'INSTAGRAM_SIMULATOR_PORT=0',
    ];
    const command = ['npm', 'run', '--ignore-scripts', 'start'];
    const npm = spawn('env', [...variables, `DATA_DIR=${join(folder, 'state')}`, ...command], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(npm);
    let output = '';
    while (!output.includes('Ctrl-C stops everything')) output += String((await once(npm.stdout, 'data'))[0]);
    npm.stdout.resume();
    await stopped(npm, 'SIGTERM');

    await expect(fetch(/Serving (\S+)/.exec(output)?.[1] ?? '')).rejects.toThrow();
  });

  test('a second Ctrl-C stops at once what the first would have waited for', async () => {
    const { child, url, output } = await up();
    const scenarios = `${/simulated, at (\S+)/.exec(output())?.[1]}/_simulator/scenarios`;
    await fetch(`${url}/api/v1/sync`, { method: 'POST' });
    const posts = (await (await fetch(`${url}/api/v1/posts?limit=1`)).json()) as { results: { id: number }[] };
    await fetch(scenarios, { method: 'POST', body: '{"kind":"hang"}' });
    // A write: reads are cut at once when the service stops, writes never are.
    const hanging = fetch(`${url}/api/v1/posts/${posts.results[0]?.id}/comment`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"text":"Hello"}',
    }).catch(() => null);
    while (!/"acted": ?1/.test(await (await fetch(scenarios)).text())) await new Promise(setImmediate);

    child.kill('SIGINT');
    const again = setInterval(() => child.kill('SIGINT'), 600); // half a second makes it another one
    const code = await stopped(child);
    clearInterval(again);

    expect(code).toBe(130);
    await hanging;
  });

  test('reads .env: what the environment sets wins, what is empty there counts as unset', async () => {
    writeFileSync(join(folder, '.env'), 'PORT=none\nHOST="10.0.0.1"\n# a remark\n');

    const [fromFile, fromBoth] = await Promise.all([run({ PORT: '', HOST: '' }), run({ PORT: '0', HOST: '' })]);

    expect(fromFile).toEqual({ code: 1, lines: ['Invalid environment: PORT: must be a port number'] });
    expect(fromBoth).toEqual({ code: 1, lines: [expect.stringMatching(/^HOST: others can reach 10\.0\.0\.1/)] });
  });

  test('a taken port is one clear line, and nothing is started for it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };

    const { code, lines } = await run({ ...ANY_PORT, PORT: String(port), DATA_DIR: 'unused' });

    expect({ code, lines }).toEqual({ code: 1, lines: [`PORT: ${port} is taken; stop what uses it, or set another`] });
    expect(existsSync(join(folder, 'unused'))).toBe(false);
    other.close();
  });
});
