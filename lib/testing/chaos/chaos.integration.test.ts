/** Every promise of docs/promises.md, after whatever a seed makes of a busy day. `npm run chaos` plays others, and longer. */
import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { chaosEnv, parseEnv } from '../../config.ts';
import { MISTAKES } from './mistakes.ts';
import { playChaos, type Report } from './play.ts';
import { SEEDS, SHORT_MINUTES } from './seeds.ts';
import { startChaosStage } from './stage.ts';

const stage = await startChaosStage();
const { CHAOS_SEED, CHAOS_MINUTES } = parseEnv(chaosEnv);

/** What a seed failed of, what happened in it, and the command that plays it again. */
const tell = ({ seed, minutes, faults, events }: Report): string =>
  [...faults, '', ...events, '', `npm run chaos -- --seed ${seed} --minutes ${minutes}`].join('\n');

const check = async (seed: number, minutes: number): Promise<void> => {
  const report = await playChaos(stage, { seed, minutes });
  if (report.faults.length > 0) throw new Error(tell(report));
};

if (CHAOS_SEED !== undefined) {
  test(`seed ${CHAOS_SEED}, ${CHAOS_MINUTES} minutes`, () => check(CHAOS_SEED, CHAOS_MINUTES), CHAOS_MINUTES * 60_000);
} else {
  test.each(SEEDS)('seed %i', (seed) => check(seed, SHORT_MINUTES));

  test('a seed that nobody has tried is only told of', async () => {
    const report = await playChaos(stage, { seed: randomInt(2 ** 31), minutes: SHORT_MINUTES });
    if (report.faults.length > 0) console.warn(tell(report));
  });

  test.each(MISTAKES)('it is found that $name', async (mistake) => {
    const { faults } = await playChaos(stage, { seed: mistake.foundBy, minutes: SHORT_MINUTES, mistake });
    expect(faults).toContainEqual(expect.stringContaining(mistake.breaks));
  });
}
