/** That a run is the same each time it is played: what it proves then does not depend on how busy the machine is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRunPlayer as createCommentPlayer } from './comment-runs/player.ts';
import { anyRun as anyCommentRun } from './comment-runs/run.ts';
import { createRunPlayer as createPublicationPlayer } from './publication-runs/player.ts';
import { anyRun as anyPublicationRun } from './publication-runs/run.ts';
import { type RunStage, startRunStages } from './run-stage.ts';

const [one, other] = await startRunStages();
if (one === undefined || other === undefined) throw new TypeError('there are several stages');

const RUNS = 6;
const SEED = 20_260_102;

let disturbance: NodeJS.Timeout;
beforeAll(() => {
  disturbance = setInterval(() => {
    for (const until = performance.now() + 3 * Math.random(); performance.now() < until; );
  }, 5);
});
afterAll(() => clearInterval(disturbance));

/** What a run came to, and each of its exchanges with its moment. */
const replay = async <Run>(stage: RunStage, play: (run: Run) => Promise<unknown>, runs: readonly Run[]) => {
  const told: unknown[] = [];
  for (const run of runs) told.push({ run, report: await play(run), history: [...stage.time.history()] });
  return told;
};

test.each([
  {
    what: 'comments',
    replayOn: (stage: RunStage) =>
      replay(stage, createCommentPlayer(stage), fc.sample(anyCommentRun, { numRuns: RUNS, seed: SEED })),
  },
  {
    what: 'publications',
    replayOn: (stage: RunStage) =>
      replay(stage, createPublicationPlayer(stage), fc.sample(anyPublicationRun, { numRuns: RUNS, seed: SEED })),
  },
])('a seed replays the same schedule of $what on a machine that is disturbed at random', async ({ replayOn }) => {
  const [first, second] = await Promise.all([replayOn(one), replayOn(other)]);
  expect(second).toEqual(first);
});
