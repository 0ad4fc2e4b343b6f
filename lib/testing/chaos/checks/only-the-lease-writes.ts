import type { Check } from './check.ts';

/** Whoever was overtaken changes nothing of what the one that has the lease now is at work on. */
export const onlyTheLeaseWrites: Check = {
  promise: 'A sync survives anything: who lost the lease writes no more',
  moments: ['settled'],
  find: async ({ journal }) =>
    journal
      .overtaken()
      .filter(({ before, after }) => before !== after)
      .map(({ before, after }) => `${before} became ${after}`),
};
