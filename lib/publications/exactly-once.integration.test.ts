/**
 * The promise itself: whatever fails, crashes, stalls, is repeated or has a sibling, each request is published once at most,
 * and our state says what is there.
 */
import { expect, test } from '@jest/globals';
import { boundOf, createCheck, PARTS } from '../testing/play-runs.ts';
import { LOOKS_USED_UP, NOT_SHOWN, OVERTAKEN } from '../testing/publication-runs/examples.ts';
import { createRunPlayer, type Report } from '../testing/publication-runs/player.ts';
import { anyRun, type Mistakes, type Run } from '../testing/publication-runs/run.ts';
import { startRunStages } from '../testing/run-stage.ts';

const stages = await startRunStages();
const BOUND_MS = boundOf(1_200);

/** What is wrong with an outcome, if anything. */
const faultsOf = ({ endings, requests, visible, falseAnswers }: Report): string[] => {
  const published = endings.filter(({ status }) => status === 'published');
  const count = endings.reduce((sum, { actual }) => sum + actual.length, 0);
  return [
    endings.some(({ actual }) => actual.length > 1) && 'one publication was published twice',
    visible !== count && 'something is there that no publication knows of',
    visible > requests && 'more was published than was asked for',
    published.some(({ actual }) => actual.length === 0) && 'what is said to be published is not there',
    published.length !== count && 'what is there is not said to be published',
    endings.some(({ status }) => status === 'unknown') && 'what can be found out is not known',
    published.some(({ media_id, actual }) => media_id !== null && media_id !== actual[0]) &&
      'one publication has the media of another',
    published.some(({ media_id, isUnclear }) => media_id === null && !isUnclear) &&
      'which media it is was not found out',
    published.some(({ media_id, stored }) => media_id !== null && !stored) && 'a post is not stored',
    falseAnswers > 0 && 'an answer was not true',
  ].filter((fault) => fault !== false);
};

const check = createCheck({
  anyRun,
  players: (mistakes: Mistakes) => stages.map((stage) => createRunPlayer(stage, mistakes)),
  faultsOf,
});

test.each(PARTS)(
  'each request is published once at most, and its status is true: part %i of the runs',
  async (part) => {
    expect(await check({}, [LOOKS_USED_UP, NOT_SHOWN, ...OVERTAKEN], part)).toBeNull();
  },
  BOUND_MS / 2,
);

test.each<[string, Mistakes, readonly Run[]]>([
  ['a blind retry', { blindRetry: true }, []],
  ['a read-back before the effect had time to show', { earlyAbsent: true }, []],
  ['a fence that was lost', { lostFence: true }, OVERTAKEN],
  ['an outage that is taken for a failure', { trustedOutage: true }, [NOT_SHOWN]],
])(
  'the property finds %s',
  async (_, mistakes, examples) => {
    expect(await check(mistakes, examples)).not.toBeNull();
  },
  BOUND_MS,
);
