import { jest } from '@jest/globals';

/** Puts this machine's clock so far ahead of the database's (negative: behind it), until the test ends. */
export const skewClock = (ms: number): void => {
  const right = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => right() + ms);
};
