/**
 * `npm run chaos`: a busy day of the whole service against a simulated Instagram, drawn from one seed, with every promise
 * checked at the end.
 *
 *   npm run chaos                              another seed each time, 60 minutes
 *   npm run chaos -- --seed 7 --minutes 240    the same day each time
 *
 * Minutes are virtual: so much time passes for the service, in jumps; an hour takes some seconds. A seed that fails is
 * printed with what happened in it and the command that plays it again. Exit code 1 says that a promise was broken.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const wholeNumber = (name, text) => {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`);
  return String(Number(text));
};
const { values } = parseArgs({ options: { seed: { type: 'string' }, minutes: { type: 'string', default: '60' } } });
const CHAOS_SEED = wholeNumber('seed', values.seed ?? String(randomInt(2 ** 31)));
const CHAOS_MINUTES = wholeNumber('minutes', values.minutes);

const jest = spawn(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', 'lib/testing/chaos/'],
  // biome-ignore lint/style/noProcessEnv: a child has the environment of its parent, and more
  { stdio: 'inherit', env: { ...process.env, CHAOS_SEED, CHAOS_MINUTES } },
);
jest.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
