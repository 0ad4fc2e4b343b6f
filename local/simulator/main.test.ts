import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { createSimulator } from './create-simulator.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const run = (env: Record<string, string>): ChildProcess => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { LOG_LEVEL: 'error', ...env },
  });
  started.push(child);
  return child;
};

const firstText = async (stream: ChildProcess['stdout']): Promise<string> => {
  for await (const chunk of stream ?? []) return String(chunk);
  return '';
};

test('the command serves the demo account until it is interrupted', async () => {
  const child = run({ INSTAGRAM_SIMULATOR_PORT: '0' });
  const text = await firstText(child.stdout);
  expect(text).toContain('250 media');
  const [url] = /http:\/\/127\.0\.0\.1:[0-9]+/.exec(text) ?? [];
  expect((await fetch(`${url}/_simulator`)).status).toBe(200);
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
});

test('a taken port is one line that names the variable', async () => {
  await using simulator = await createSimulator({ media: 0 });
  const child = run({ INSTAGRAM_SIMULATOR_PORT: new URL(simulator.url).port });
  const exited = once(child, 'exit');
  expect(await firstText(child.stderr)).toMatch(
    /^127\.0\.0\.1:[0-9]+ is taken; set INSTAGRAM_SIMULATOR_PORT to another port\n$/,
  );
  expect(await exited).toEqual([1, null]);
});

test('a wrong variable is one line too', async () => {
  const child = run({ INSTAGRAM_SIMULATOR_PORT: 'http' });
  expect(await firstText(child.stderr)).toBe('Invalid environment: INSTAGRAM_SIMULATOR_PORT: must be a port number\n');
  const loud = run({ LOG_LEVEL: 'loud' });
  expect(await firstText(loud.stderr)).toBe('Invalid environment: LOG_LEVEL: must be debug, info, warn or error\n');
});
