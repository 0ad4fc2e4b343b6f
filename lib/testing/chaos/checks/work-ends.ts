import { findOpenWork } from '../settle.ts';
import type { Check } from './check.ts';

/** A lost wake-up, a crash or a throttle only delays: nothing is left half done when a day of quiet is over. */
export const workEnds: Check = {
  promise: 'A sync survives anything, and so does all other work',
  moments: ['settled'],
  find: findOpenWork,
};
