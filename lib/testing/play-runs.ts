import fc from 'fast-check';
import { parseEnv, runsEnv } from '../config.ts';

/** What so many runs, and examples beside them, may take at most: a bound for what hangs, no measure. */
export const boundOf = (msPerRun: number): number => Math.max(USUAL_RUNS, parseEnv(runsEnv).RUNS) * msPerRun;
const USUAL_RUNS = 200;

/** A property is so many tests, each of a part of its runs: beside other load, too, none lasts as long as something that hangs. */
export const PARTS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
export type Part = (typeof PARTS)[number];

/**
 * A test plays the runs of this seed, the same each time: a fault that it finds is that of the change at hand. Other seeds
 * are played by `npm run soak`; a run that fails there is mended, and kept among the examples.
 */
const COMMITTED_SEED = 20_261_201;

/** Of runs that a mistake is to be found with. */
const MISTAKES_SEED = 20_260_102;

/**
 * Gives how a property is checked: by runs on these stages, of a service that makes no mistake, or these. With a mistake
 * the runs are the same each time. Gives what is to be told of a faulty run, as `findFaultyRun` does.
 */
export const createCheck =
  <Run, Report, Mistakes extends object>({
    players,
    ...property
  }: {
    anyRun: fc.Arbitrary<Run>;
    players: (mistakes: Mistakes) => readonly ((run: Run) => Promise<Report>)[];
    faultsOf: (report: Report) => readonly string[];
  }) =>
  (mistakes: Mistakes, examples: readonly Run[], part?: Part): Promise<string | null> => {
    const seed = Object.keys(mistakes).length > 0 ? MISTAKES_SEED : undefined;
    return findFaultyRun({ ...property, players: players(mistakes), examples, part, seed });
  };

/**
 * Plays `examples` and then any runs, as many at once as there are `players`, until one of them has faults. Gives what is
 * to be told of it: its faults, the run, which replays it as one of the `examples`, and the seed of all; null: there is
 * none. The environment says how many runs (`RUNS`, else 200) and of which seed (`SEED`, else the committed one).
 */
const findFaultyRun = async <Run, Report>({
  anyRun,
  players,
  faultsOf,
  examples,
  seed,
  part,
}: {
  anyRun: fc.Arbitrary<Run>;
  players: readonly ((run: Run) => Promise<Report>)[];
  faultsOf: (report: Report) => readonly string[];
  examples: readonly Run[];
  /** Where always the same runs are to be played, whatever the environment says. */
  seed: number | undefined;
  /** Absent: all parts. */
  part: Part | undefined;
}): Promise<string | null> => {
  const environment = parseEnv(runsEnv);
  const { RUNS } = environment;
  const SEED = seed ?? environment.SEED ?? COMMITTED_SEED;
  const all = [...examples, ...fc.sample(anyRun, { numRuns: RUNS, seed: SEED })];
  const runs = all.filter((_, n) => part === undefined || n % PARTS.length === part - 1).values();
  let found: string | null = null;
  const playOn = async (play: (run: Run) => Promise<Report>): Promise<void> => {
    for (const run of runs) {
      const told = JSON.stringify(run);
      const report = await play(run).catch((cause: unknown) => {
        throw new Error(`A run of seed ${SEED} could not be played: ${told}`, { cause });
      });
      const faults = faultsOf(report);
      if (faults.length > 0) {
        found ??= `${faults.join(', ')}\nseed ${SEED}, run ${told}\n${JSON.stringify(report, null, 2)}`;
      }
      if (found !== null) return;
    }
  };
  await Promise.all(players.map(playOn));
  return found;
};
