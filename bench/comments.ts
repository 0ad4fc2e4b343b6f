import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectAccount } from './account.ts';
import { type Figure, median } from './report.ts';
import { startBenchSimulator } from './simulator.ts';

const LATENCY_MS = 30;
const ROUNDS = 3;
/** So many times what the commits take alone, POST …/comment may add to Instagram's own time. */
const BAR = 2;

/** What `POST …/comment` adds to Instagram's own latency: acceptance and confirmation are commits of their own. */
export const benchComments = async (databaseUrl: string): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const simulator = await startBenchSimulator(1);
  try {
    await simulator.setLatency(LATENCY_MS);
    const env = await connectAccount(databaseUrl, simulator, folder);
    const rounds: { service: number; plain: number; stored: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, ['bench/comments-child.ts'], { env });
      rounds.push(JSON.parse(stdout));
    }
    return [
      {
        name: `floor: the write sent plainly at ${LATENCY_MS} ms`,
        value: median(rounds.map(({ plain }) => plain)),
        unit: 'ms',
      },
      {
        name: '  time added by the same commits around it',
        value: median(rounds.map(({ stored, plain }) => stored - plain)),
        unit: 'ms',
      },
      {
        name: '  time added by POST …/comment (aim: 8 ms)',
        value: median(rounds.map(({ service, plain }) => service - plain)),
        unit: 'ms',
      },
      {
        name: '    against the same commits',
        value: median(rounds.map(({ service, plain, stored }) => (service - plain) / (stored - plain))),
        unit: 'ratio',
        bar: { max: BAR },
        needsQuiet: true,
      },
    ];
  } finally {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
