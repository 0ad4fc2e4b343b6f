/**
 * The promise itself: whatever fails, crashes, stalls, is repeated or looks alike, each request has one visible effect at
 * most, and what is stored says what is there.
 */
import { expect, test } from '@jest/globals';
import { createRunPlayer, type Report } from '../testing/comment-runs/player.ts';
import { anyRun, type Mistakes } from '../testing/comment-runs/run.ts';
import { startCommentService } from '../testing/comments.ts';
import { playRuns } from '../testing/play-runs.ts';

const service = await startCommentService({ media: [] });

/** Each with an account of its own. */
const AT_ONCE = 16;
const BATCHES = 13; // 208 runs

/** What is wrong with an ending, if anything. */
const faultsOf = ({ endings, sentByWorker, falseAnswers, misattributed }: Report): string[] => {
  const same = (one: readonly string[], other: readonly string[]) => one.join() === other.join();
  return [
    endings.some(({ visible, requests }) => visible.length > requests) && 'more comments than requests',
    endings.some(({ visible, confirmed }) => !same(visible, confirmed)) && 'what is there is not what was confirmed',
    endings.some(({ visible, stored }) => !same(visible, stored)) && 'what is there is not what is stored',
    sentByWorker > 0 && 'the worker sent',
    falseAnswers > 0 && 'a comment was answered that is not there',
    misattributed > 0 && 'one request has the comment of another',
  ].filter((fault) => fault !== false);
};

const check = (mistakes: Mistakes) =>
  playRuns({ anyRun, play: createRunPlayer(service, mistakes), faultsOf, atOnce: AT_ONCE, batches: BATCHES });

test('each request has at most one visible effect, and that is stored', async () => {
  const { failed, errorInstance } = await check({});
  if (failed) throw errorInstance;
}, 120_000);

test.each<[string, Mistakes]>([
  ['a blind retry', { blindRetry: true }],
  ['a look before the effect had time to show', { hastyLook: true }],
  ['a worker that sends', { sendingWorker: true }],
])(
  'the property finds %s',
  async (_, mistakes) => {
    expect(await check(mistakes)).toMatchObject({ failed: true });
  },
  120_000,
);
