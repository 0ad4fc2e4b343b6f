import { expect, jest, test } from '@jest/globals';
import { createSlots } from './slots.ts';

const refusal = () => new Error('full');

test('as many at once as there are slots, the others in the order they came', async () => {
  const slots = createSlots(2, 1_000, refusal);
  const order: number[] = [];
  const hold = async (n: number) => {
    const give = await slots.take();
    order.push(n);
    return give;
  };
  const held = [1, 2, 3, 4].map(hold);
  const first = await held[0];
  await held[1];
  expect(order).toEqual([1, 2]);
  first?.();
  (await held[2])?.();
  await held[3];
  expect(order).toEqual([1, 2, 3, 4]);
});

test('whoever waited too long is refused, and takes no slot later', async () => {
  jest.useFakeTimers();
  const slots = createSlots(1, 1_000, refusal);
  const give = await slots.take();
  const late = expect(slots.take()).rejects.toThrow('full');
  await jest.advanceTimersByTimeAsync(1_000);
  await late;
  give();
  give(); // twice is once
  const again = await slots.take();
  const waiting = slots.take();
  again();
  await waiting;
  jest.useRealTimers();
});
