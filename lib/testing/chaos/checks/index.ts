import { lastChangeWins } from './last-change-wins.ts';
import { noFalseAnswer } from './no-false-answer.ts';
import { noToken } from './no-token.ts';
import { nothingLost } from './nothing-lost.ts';
import { nothingWronglyGone } from './nothing-wrongly-gone.ts';
import { oneEffect } from './one-effect.ts';
import { onlyTheLeaseWrites } from './only-the-lease-writes.ts';
import { silence } from './silence.ts';
import { workEnds } from './work-ends.ts';

/** Every promise that a chaos run is held against. */
export const CHECKS = [
  oneEffect,
  noFalseAnswer,
  nothingWronglyGone,
  onlyTheLeaseWrites,
  silence,
  workEnds,
  lastChangeWins,
  nothingLost,
  noToken,
] as const;
