/**
 * The promise itself: whatever fails, crashes, stalls, is repeated or looks alike, each request has one visible effect at
 * most, and what is stored says what is there.
 */
import { expect, test } from '@jest/globals';
import { ABANDONED, LATE, OVERTAKEN, STALLED_AFTER_ANSWER } from '../testing/comment-runs/examples.ts';
import { createRunPlayer, type Report } from '../testing/comment-runs/player.ts';
import { anyRun, type Mistakes, type Run } from '../testing/comment-runs/run.ts';
import { boundOf, createCheck, PARTS } from '../testing/play-runs.ts';
import { startRunStages } from '../testing/run-stage.ts';

const stages = await startRunStages();
const BOUND_MS = boundOf(600);

/** What is wrong with an ending, if anything. */
const faultsOf = ({ endings, sentByWorker, takenBack, falseAnswers, misattributed }: Report): string[] => {
  const same = (one: readonly string[], other: readonly string[]) => one.join() === other.join();
  return [
    endings.some(({ visible, requests }) => visible.length > requests) && 'more comments than requests',
    endings.some(({ visible, confirmed }) => !same(visible, confirmed)) && 'what is there is not what was confirmed',
    endings.some(({ visible, stored }) => !same(visible, stored)) && 'what is there is not what is stored',
    sentByWorker > 0 && 'the worker sent',
    takenBack > 0 && 'one request had two effects for a while',
    falseAnswers > 0 && 'a comment was answered that is not there',
    misattributed > 0 && 'one request has the comment of another',
  ].filter((fault) => fault !== false);
};

const check = createCheck({
  anyRun,
  players: (mistakes: Mistakes) => stages.map((stage) => createRunPlayer(stage, mistakes)),
  faultsOf,
});

test.each(PARTS)(
  'each request has at most one visible effect, and that is stored: part %i of the runs',
  async (part) => {
    expect(await check({}, [LATE, ...ABANDONED, ...OVERTAKEN, STALLED_AFTER_ANSWER], part)).toBeNull();
  },
  BOUND_MS / 2,
);

test.each<[string, Mistakes, readonly Run[]]>([
  ['a blind retry', { blindRetry: true }, []],
  ['a read-back before the effect had time to show', { earlyAbsent: true }, [LATE]],
  ['a fence that was lost', { lostFence: true }, OVERTAKEN],
  ['a worker that sends', { sendingWorker: true }, ABANDONED],
])(
  'the property finds %s',
  async (_, mistakes, examples) => {
    expect(await check(mistakes, examples)).not.toBeNull();
  },
  BOUND_MS,
);
