import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createTestDatabase } from '../../lib/testing/postgres.ts';
import { createSimulator, type SimulatorOptions } from '../simulator/create-simulator.ts';

/**
 * The whole service as a process of its own, to be killed and started again, beside a database and an Instagram that
 * outlive it. Call it at the top level of a test file.
 */
export const createServiceProcesses = async (
  simulatorOptions: SimulatorOptions,
  environment: Readonly<Record<string, string>> = {},
) => {
  const { pool, url: databaseUrl } = await createTestDatabase();
  const simulator = await createSimulator(simulatorOptions);
  const dataDir = await mkdtemp(join(tmpdir(), 'crash-'));
  const children = new Set<ChildProcess>();
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await simulator.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Starts the service as `npm start` does; resolves with its address once it serves. @throws with what it printed. */
  const start = async (variables: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, ['local/start.ts'], {
      env: {
        // biome-ignore lint/style/noProcessEnv: the service is a process of its own, told by its environment
        PATH: process.env.PATH,
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        PORT: '0',
        INSTAGRAM_GRAPH_URL: simulator.graphUrls.instagram,
        INSTAGRAM_ACCESS_TOKEN: simulator.tokens.instagram,
        SYNC_INTERVAL_MINUTES: '0', // nothing is synced but what a test asks for
        ...environment,
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let printed = '';
    const address = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        printed += chunk;
        const [, found] = /Serving (http:[^\s"]+)/.exec(printed) ?? [];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${printed}`)));
    });
    /** Sends a signal; resolves with the exit code once it is gone. */
    const end = async (signal: NodeJS.Signals): Promise<number | null> => {
      const gone = once(child, 'exit');
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      children.delete(child);
      return code;
    };
    return { address, end, kill: () => end('SIGKILL') };
  };
  return { pool, simulator, dataDir, start };
};
