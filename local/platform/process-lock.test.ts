import { expect, test } from '@jest/globals';
import { isRunning } from './process-lock.ts';

test.each([0, -1])('no process has the id %i, though a signal to it reaches whole groups', (pid) => {
  expect(isRunning(pid)).toBe(false);
});

test('this process runs', () => {
  expect(isRunning(process.pid)).toBe(true);
});
