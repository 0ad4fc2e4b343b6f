import { z } from 'zod';
import { parseEnv } from '../lib/config.ts';

/** What a measured child process is told by its parent, beside the handlers' own variables. */
const seededEnv = z.object({
  DATABASE_URL: z.string(),
  BENCH_ACCOUNT_ID: z.coerce.number(),
});
export const parseSeeded = () => parseEnv(seededEnv);

const syncEnv = z.object({
  ...seededEnv.shape,
  INSTAGRAM_GRAPH_URL: z.string(),
  BENCH_USER_ID: z.string(),
  BENCH_TOKEN: z.string(),
});
export type BenchTarget = z.output<typeof syncEnv>;
export const parseTarget = (): BenchTarget => parseEnv(syncEnv);
