import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readPidFile } from './postgres-server.ts';

const START = fileURLToPath(new URL('../start.ts', import.meta.url));
const VARIABLES = [
  'DATABASE_URL=',
  'INSTAGRAM_ACCESS_TOKEN=',
  'PORT=0',
  'INSTAGRAM_SIMULATOR_PORT=0',
  'DATA_DIR=state',
];

test('npm start brings its PostgreSQL back when that is killed, and ends with one line when it cannot', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lost-'));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711); // so that PostgreSQL's own user reaches the data where root runs the tests
  const child = spawn('env', [...VARIABLES, 'LOG_LEVEL=error', 'LOG_FORMAT=pretty', process.execPath, START], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  cleanUp.defer(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const untilItSays = async (words: string): Promise<void> => {
    while (!output.includes(words)) {
      if (child.exitCode !== null) throw new Error(output);
      await Promise.race([once(child.stdout, 'data'), closed]);
    }
  };
  const cluster = join(folder, 'state/simulated/postgres/cluster');
  const kill = async () => {
    const found = await readPidFile(cluster);
    if (found !== null) process.kill(found.pid, 'SIGKILL');
  };

  await untilItSays('Ctrl-C stops everything');
  await kill();
  await untilItSays('PostgreSQL serves again');
  const { status } = await fetch(`${/Serving (\S+)/.exec(output)?.[1]}/api/v1/posts`);
  await rename(join(cluster, 'global/pg_control'), join(cluster, 'global/pg_control.away'));
  await kill();
  const [code] = await closed;

  expect(status).toBe(200);
  expect(code).toBe(1);
  expect(output).toMatch(/\nPostgreSQL did not come back in 5 attempts: .*pg_control.*, then start again\n$/);
});
