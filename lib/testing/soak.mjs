/**
 * `npm run soak`: what is too long for every commit, to be run once before a change of the write path is closed.
 *
 *   npm run soak                       ten whole suites in a row beside two busy loops, then each property on 1,000 runs
 *   npm run soak -- --suites 3         fewer suites; 0: none
 *   npm run soak -- --runs 5000        more runs of each property; 0: none
 *   npm run soak -- --seed 7           the runs of this seed, instead of others each time
 *
 * It goes on after a failure, ends with one line for each part, and with exit code 1 where any has failed. What a failed
 * part printed stands in the file that its line names. The busy loops end with it, however it ends.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';

const BUSY_LOOPS = 2;
/** It ends by itself when nobody listens to it any more: when we were killed. */
const BUSY_LOOP =
  'process.on("disconnect", () => process.exit()); const spin = () => { for (const end = Date.now() + 50; Date.now() < end; ); setImmediate(spin); }; spin();';
const PROPERTIES = ['lib/comments/exactly-once', 'lib/publications/exactly-once'];

const wholeNumber = (name, text) => {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`);
  return Number(text);
};
const { values } = parseArgs({
  options: {
    suites: { type: 'string', default: '10' },
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
  },
});
const suites = wholeNumber('suites', values.suites);
const runs = wholeNumber('runs', values.runs);
const seed = { SEED: String(values.seed === undefined ? randomInt(2 ** 31 - 1) : wholeNumber('seed', values.seed)) };

const folder = await mkdtemp(join(tmpdir(), 'soak-'));
const results = [];

/** Runs jest as one part of the soak. */
const part = async (name, args, environment = {}) => {
  const path = join(folder, `${name.replaceAll(/[^\w]+/g, '-')}.log`);
  const log = createWriteStream(path);
  const startedAt = performance.now();
  const jest = spawn(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...args],
    // biome-ignore lint/style/noProcessEnv: a child has the environment of its parent, and more
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  );
  jest.stdout.pipe(log, { end: false });
  jest.stderr.pipe(log, { end: false });
  const code = await new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('close', resolve);
  });
  log.end();
  await finished(log);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  results.push({ name, passed: code === 0, seconds, path });
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
};

const loops = Array.from({ length: suites > 0 ? BUSY_LOOPS : 0 }, () =>
  spawn(process.execPath, ['-e', BUSY_LOOP], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
);
try {
  for (let suite = 1; suite <= suites; suite += 1) await part(`suite ${suite} of ${suites}, beside load`, []);
} finally {
  for (const loop of loops) loop.kill();
}
if (runs > 0) {
  for (const property of PROPERTIES) {
    await part(`${property}, ${runs} runs`, [property, '-t', 'at most'], { RUNS: String(runs), ...seed });
  }
}

const failed = results.filter(({ passed }) => !passed);
console.log(`\n${results.length - failed.length} of ${results.length} parts passed`);
for (const { name, seconds, path } of failed) console.log(`FAILED  ${name} (${seconds} s): see ${path}`);
process.exitCode = failed.length > 0 ? 1 : 0;
