import { parseEnv, synthesisEnv } from '../../lib/config.ts';
import type { Synthesis, synthesizeNow } from './synthesize-now.ts';

export type { Resource, Synthesis, Template } from './synthesize-now.ts';

/**
 * Synthesizes a stage of `cdk.json` with some settings changed; `context` is what `-c` gives. `checked` by cdk-nag. It is
 * done once in a jest run, by one process for all test files.
 * @throws {Error} in the words of whatever refused it.
 */
export const synthesize = async (...of: Parameters<typeof synthesizeNow>): Promise<Synthesis> => {
  const { TEST_SYNTHESIS_URL } = parseEnv(synthesisEnv);
  const response = await fetch(TEST_SYNTHESIS_URL, { method: 'POST', body: JSON.stringify(of) });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Synthesis;
};
