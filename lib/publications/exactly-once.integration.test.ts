/**
 * The promise itself: whatever fails, crashes, stalls, is repeated or has a sibling, each request is published once at most,
 * and our state says what is there.
 */
import { expect, test } from '@jest/globals';
import { createConnectInstagram } from '../accounts/connect-instagram.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { instagramEnv, parseEnv, tokenEnv } from '../config.ts';
import { playRuns } from '../testing/play-runs.ts';
import { createRunPlayer, type Report } from '../testing/publication-runs/player.ts';
import { anyRun, type Mistakes } from '../testing/publication-runs/run.ts';
import { startService } from '../testing/service.ts';

const service = await startService({ simulator: { media: 0 } });
const env = { ...parseEnv(instagramEnv), ...parseEnv(tokenEnv) };
const connectInstagram = createConnectInstagram({
  database: service.pool,
  cipher: createTokenCipher(env),
  env,
  now: () => performance.now(),
});

/** Each with an account of its own. */
const AT_ONCE = 26;
const BATCHES = 8; // 208 runs

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

const check = (mistakes: Mistakes) =>
  playRuns({
    anyRun,
    play: createRunPlayer({ ...service, connectInstagram }, mistakes),
    faultsOf,
    atOnce: AT_ONCE,
    batches: BATCHES,
  });

test('each request is published once at most, and its status is true', async () => {
  const { failed, errorInstance } = await check({});
  if (failed) throw errorInstance;
}, 240_000);

test.each<[string, Mistakes]>([
  ['a blind retry', { blindRetry: true }],
  ['an outage that is taken for a failure', { trustedOutage: true }],
])(
  'the property finds %s',
  async (_, mistakes) => {
    expect(await check(mistakes)).toMatchObject({ failed: true });
  },
  240_000,
);
