import { describe, expect, test } from '@jest/globals';
import { exchangeError, type InstagramError } from './errors.ts';
import { retryDelay, sleep, withRetries } from './retry.ts';

const failed = (failure: Parameters<typeof exchangeError>[0]['failure'], retryAfterSeconds = 0) =>
  exchangeError({ call: 'GET {id}', write: false, failure, retryAfterSeconds });

describe('retryDelay', () => {
  test('the retry delay grows, between half and all of a bound, for four attempts', () => {
    const delays = (random: number) =>
      [1, 2, 3, 4, 5].map((attempt) => retryDelay(failed('timeout'), attempt, () => random));
    expect(delays(0)).toEqual([150, 450, 1350, 'stop', 'stop']);
    expect(delays(1)).toEqual([300, 900, 2700, 'stop', 'stop']);
  });

  test('the retry delay is never shorter than Instagram asks for, and never longer than a step', () => {
    expect(retryDelay(failed('unreadable', 5), 1, () => 0)).toBe(5_000);
    expect(retryDelay(failed('unreadable', 21), 1, () => 0)).toBe('stop');
  });

  test.each(['deadline', 'cancelled', 'malformed', 'redirect', 'too_large', 'bad_token'] as const)(
    'no retry after %s',
    (failure) => expect(retryDelay(failed(failure), 1, () => 0)).toBe('stop'),
  );

  test('an error that is not from Instagram is not retried', () =>
    expect(retryDelay(new TypeError('bug'), 1, () => 0)).toBe('stop'));
});

describe('withRetries', () => {
  const reading = (...outcomes: (InstagramError | string)[]) => {
    const waits: number[] = [];
    let calls = 0;
    const run = (limits: { deadline?: number; signal?: AbortSignal } = {}) =>
      withRetries(
        async () => {
          const outcome = outcomes[calls];
          calls += 1;
          if (typeof outcome === 'string') return outcome;
          throw outcome;
        },
        limits,
        { random: () => 0, sleep: async (ms) => void waits.push(ms), now: () => performance.now() },
      );
    return { run, waits, calls: () => calls };
  };

  test('a read is repeated until it succeeds', async () => {
    const { run, waits } = reading(failed('timeout'), failed('connection_lost'), 'read');
    await expect(run()).resolves.toBe('read');
    expect(waits).toEqual([150, 450]);
  });

  test('a read that is given up throws its last failure', async () => {
    const last = failed('unreadable');
    const { run, calls } = reading(failed('timeout'), failed('unreadable'), failed('connection_lost'), last);
    await expect(run()).rejects.toBe(last);
    expect(calls()).toBe(4);
  });

  test('a read that has timed out twice is not repeated', async () => {
    const second = failed('timeout');
    const { run, calls } = reading(failed('timeout'), failed('unreadable'), second, 'read');
    await expect(run()).rejects.toBe(second);
    expect(calls()).toBe(3);
  });

  test('no retry delay begins that would end after the deadline', async () => {
    const { run, waits, calls } = reading(failed('unreadable', 10), 'read');
    await expect(run({ deadline: performance.now() + 9_000 })).rejects.toMatchObject({ failure: 'unreadable' });
    expect([calls(), waits]).toEqual([1, []]);
  });
});

test('sleep ends early, without failing, when it is cancelled', async () => {
  const controller = new AbortController();
  const slept = sleep(60_000, controller.signal);
  controller.abort();
  await expect(slept).resolves.toBeUndefined();
});
