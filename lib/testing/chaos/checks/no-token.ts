import { takeLeaks } from '../../secrets.ts';
import type { Check } from './check.ts';

/** Log lines, answers and messages of the whole run, and every row of every table. */
export const noToken: Check = {
  promise: 'Tokens are never in a log line, an answer, a message or a row',
  moments: ['mirrored'],
  find: ({ pool }) => takeLeaks(pool),
};
