import { expect, test } from '@jest/globals';
import { exchangeError } from '../instagram/errors.ts';
import { interruptionOf } from './interruption.ts';

const turn = { attempts: 5, throttles: 3, outOfTime: false, random: () => 0.5 };
const failed = (retryAfterSeconds: number | null) =>
  exchangeError({ call: 'GET {id}/media', write: false, failure: 'timeout', retryAfterSeconds });

test.each([1, 60, 7_200])('a fault that passes waits for the %i seconds that Instagram states', (seconds) => {
  expect(interruptionOf(failed(seconds), turn)).toMatchObject({ kind: 'wait', reason: 'fault', seconds });
});

test('a fault for which Instagram names no time waits longer each time', () => {
  expect(interruptionOf(failed(null), turn)).toMatchObject({ kind: 'wait', reason: 'fault', seconds: 24 });
});
