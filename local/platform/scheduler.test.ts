import { expect, jest, test } from '@jest/globals';
import { logger } from '../../lib/logger.ts';
import { createFunction, type Handler } from './lambda.ts';
import { startScheduler } from './scheduler.ts';

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const scheduled = (handler: Handler, rateSeconds: number) => ({
  entry: 'tick',
  rateSeconds,
  invoke: createFunction('tick', { load: async () => handler, timeoutSeconds: 5 }),
});

test('runs a function right away, with the event of a schedule', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const scheduler = startScheduler([scheduled(resolve, 3600)], 'eu-central-1');

  expect(await promise).toMatchObject({
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    detail: {},
  });
  await scheduler.stop();
});

test('goes on after failures, never runs twice at once, and stops', async () => {
  jest.spyOn(logger, 'error').mockImplementation(() => {});
  let running = 0;
  let most = 0;
  let runs = 0;
  const handler: Handler = async () => {
    running += 1;
    runs += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 8)); // longer than the interval
    running -= 1;
    if (runs % 2 === 1) throw new Error('broken');
  };
  const scheduler = startScheduler([scheduled(handler, 0.002)], 'eu-central-1');

  await until(() => runs >= 5);
  await scheduler.stop();
  const atStop = runs;

  expect(most).toBe(1);
  expect(running).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toBe(atStop);
});
