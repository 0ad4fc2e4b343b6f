import fc from 'fast-check';
import type { Frailty } from './fragile-process.ts';

/** Any frailty of a process that says up to so many things to the database and to Instagram. */
export const anyFrailty = (exchanges: number): fc.Arbitrary<Frailty> =>
  fc.record({
    stall: fc.option(
      fc.record({ at: fc.integer({ min: 1, max: exchanges }), ms: fc.constantFrom(1_000, 12_000, 70_000) }),
      {
        nil: undefined,
        freq: 3,
      },
    ),
    crash: fc.option(
      fc.record({ at: fc.integer({ min: 1, max: exchanges }), when: fc.constantFrom('before', 'after') }),
      { nil: undefined, freq: 2 },
    ),
  });
