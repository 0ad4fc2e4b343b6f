import type { Frailty } from '../fragile-process.ts';
import { LATEST_EFFECT_MS, type Run, TIMES } from './run.ts';

/**
 * A process stalls at its n-th exchange, until the request has been sent again by the client's next try, and then records
 * that its own send was never made. Without its fence that would permit a third, while the second is under way.
 */
const overtaken = (at: number): Run => ({
  clients: [
    {
      text: 'Thank you!',
      keyed: true,
      tries: [
        { pauseMs: 0, patienceMs: 27_000, frailty: { stall: { at, ms: 60_000 } } },
        { pauseMs: 25_000, patienceMs: 27_000, frailty: {} },
      ],
    },
  ],
  sends: [{ late: TIMES.sendMs + LATEST_EFFECT_MS }],
  reads: [],
  turns: [],
});

/** Wherever in its work it is: one of them stalls between accepting and sending. */
export const OVERTAKEN: readonly Run[] = Array.from({ length: 12 }, (_, index) => overtaken(index + 1));

const alone = (frailty: Frailty = {}): Run['clients'] => [
  { text: 'Thank you!', keyed: true, tries: [{ pauseMs: 0, patienceMs: 27_000, frailty }] },
];

/** Its effect shows just before it must: whoever looks sooner finds nothing, and may send again. */
export const LATE: Run = {
  clients: alone(),
  sends: [{ late: TIMES.sendMs + LATEST_EFFECT_MS }],
  reads: [],
  turns: [],
};

/** Its process dies at its n-th exchange: a worker comes upon what nobody knows to have been written. */
const abandoned = (at: number): Run => ({
  clients: alone({ crash: { at, when: 'before' } }),
  sends: ['lost_before'],
  reads: [],
  turns: [20_000, 40_000].map((atMs) => ({ atMs, frailty: {} })),
});
/** Wherever in its work it is: one of them dies between accepting and sending. */
export const ABANDONED: readonly Run[] = Array.from({ length: 8 }, (_, index) => abandoned(index + 1));
