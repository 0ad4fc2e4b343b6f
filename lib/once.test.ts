import { expect, test } from '@jest/globals';
import { once } from './once.ts';

test('makes the value once, however many ask at the same time', async () => {
  let made = 0;
  const get = once(async () => ({ number: ++made }));
  const [first, second] = await Promise.all([get(), get()]);
  expect(first).toBe(second);
  expect(await get()).toEqual({ number: 1 });
});

test('tries again after a failure', async () => {
  let attempts = 0;
  const get = once(async () => {
    if (++attempts === 1) throw new Error('not yet');
    return attempts;
  });
  await expect(get()).rejects.toThrow('not yet');
  expect(await get()).toBe(2);
});
