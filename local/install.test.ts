import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const INSTALLER = fileURLToPath(new URL('./install.mjs', import.meta.url));
const LOCKFILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'install-test-'));
const template = join(work, 'template');
let checkouts = 0;

/** A project whose `node` is a one-line script, packed as npm packs it: installed by the real npm, without a network. */
beforeAll(() => {
  const packed = join(work, 'package');
  mkdirSync(join(packed, 'bin'), { recursive: true });
  mkdirSync(join(template, 'local'), { recursive: true });
  writeFileSync(join(packed, 'package.json'), '{ "name": "node", "version": "24.0.0", "bin": { "node": "bin/node" } }');
  writeFileSync(join(packed, 'bin/node'), '#!/bin/sh\necho v24.0.0\n');
  chmodSync(join(packed, 'bin/node'), 0o755);
  execFileSync('tar', ['-czf', join(template, 'node-24.0.0.tgz'), '-C', work, 'package']);
  const devDependencies = { node: 'file:node-24.0.0.tgz' };
  writeFileSync(
    join(template, 'package.json'),
    JSON.stringify({ name: 'checkout', version: '1.0.0', devDependencies }),
  );
  execFileSync('npm', ['install', '--package-lock-only', '--silent'], { cwd: template });
  cpSync(INSTALLER, join(template, 'local/install.mjs'));
});

afterAll(() => rmSync(work, { recursive: true }));

const givenCheckout = () => {
  const path = join(work, `checkout ${++checkouts}`); // with a space: paths are not to be split
  cpSync(template, path, { recursive: true });
  return path;
};

const install = async (checkout: string, ...variables: string[]) => {
  const command = [...variables, process.execPath, join(checkout, 'local/install.mjs')];
  const child = spawn('env', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, lines: `${stdout}${stderr}`.split('\n').filter(Boolean) };
};

const nodeOf = (checkout: string) => join(checkout, 'node_modules/node/bin/node');

describe('install', () => {
  const onLinux = process.platform === 'linux' ? test : test.skip; // `script` takes other arguments elsewhere
  onLinux('says on a terminal how far npm has come', async () => {
    const checkout = givenCheckout();
    const npm = join(work, 'npm-cli.js');
    // Unpacks the one package there is, and ends when it has been counted.
    writeFileSync(
      npm,
      `const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
      mkdirSync('node_modules/node', { recursive: true });
      writeFileSync('node_modules/node/package.json', '{}');
      const timer = setInterval(() => existsSync('counted') && clearInterval(timer), 20);`,
    );
    const command = `npm_execpath='${npm}' '${process.execPath}' '${join(checkout, 'local/install.mjs')}'`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise((resolve) => child.once('close', resolve));
    let output = '';
    for await (const chunk of child.stdout) {
      output += chunk;
      if (/\rinstall: 1 of 1 packages, \d+ s/.test(output)) writeFileSync(join(checkout, 'counted'), '');
    }
    await exited;

    expect(output).toMatch(/\rinstall: 1 of 1 packages, \d+ s/);
  });

  test('installs a fresh checkout with one line, then says nothing', async () => {
    const checkout = givenCheckout();

    const first = await install(checkout, 'NODE_ENV=production');
    const second = await install(checkout);

    expect(first).toEqual({
      code: 0,
      lines: [expect.stringContaining('dependencies are not installed; running npm ci')],
    });
    expect(second).toEqual({ code: 0, lines: [] });
    expect(existsSync(join(checkout, '.install.lock'))).toBe(false);
  });

  test('installs again when the lockfile moved on', async () => {
    const checkout = givenCheckout();
    await install(checkout);
    const record = join(checkout, 'node_modules/.package-lock.json');
    writeFileSync(record, readFileSync(record, 'utf8').replaceAll('24.0.0', '23.0.0'));

    const again = await install(checkout);

    expect(again).toEqual({
      code: 0,
      lines: [expect.stringContaining('node is not the version of package-lock.json')],
    });
  });

  test('installs again when Node was copied from another kind of machine', async () => {
    const checkout = givenCheckout();
    await install(checkout);
    writeFileSync(nodeOf(checkout), '\x7fELF of another machine');

    const again = await install(checkout);

    expect(again).toEqual({ code: 0, lines: [expect.stringContaining('Node 24.0.0 does not run here')] });
    expect(readFileSync(nodeOf(checkout), 'utf8')).toContain('echo v24.0.0');
  });

  test('of two at once one installs and the other waits for it', async () => {
    const checkout = givenCheckout();

    const both = await Promise.all([install(checkout), install(checkout)]);

    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.flatMap(({ lines }) => lines).filter((line) => line.includes('running npm ci'))).toHaveLength(1);
  });

  test('takes over the lock of a process that died', async () => {
    const checkout = givenCheckout();
    const { pid } = spawn(process.execPath, ['--version'], { stdio: 'ignore' }).on('error', () => {});
    const dead = await install(givenCheckout()).then(() => pid); // by then that process is long gone
    writeFileSync(join(checkout, '.install.lock'), `${hostname()} ${dead}`);

    const { code, lines } = await install(checkout);

    expect(code).toBe(0);
    expect(lines).toHaveLength(1);
  });

  test('says in one line that the registry cannot be reached', async () => {
    const checkout = givenCheckout();
    const lock = join(checkout, 'package-lock.json');
    const absent = { version: '1.0.0', resolved: 'http://127.0.0.1:9/absent-1.0.0.tgz', integrity: 'sha512-AA==' };
    const content = JSON.parse(readFileSync(lock, 'utf8'));
    content.packages[''].devDependencies.absent = '1.0.0';
    content.packages['node_modules/absent'] = absent;
    writeFileSync(lock, JSON.stringify(content));
    writeFileSync(join(checkout, 'package.json'), JSON.stringify(content.packages['']));

    const cache = `npm_config_cache=${join(work, 'cache')}`;
    const { code, lines } = await install(checkout, 'npm_config_fetch_retries=0', cache);

    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('install: npm ci failed: the npm registry cannot be reached; go online and try again');
  });
});

test('the lockfile names the optional packages of every platform, without which npm ci refuses it', () => {
  const { packages } = JSON.parse(readFileSync(LOCKFILE, 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
  const named = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  expect(wanted.filter((name) => !named.has(name))).toEqual([]);
});
