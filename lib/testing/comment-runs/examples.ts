import { type Run, TIMES } from './run.ts';

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
  sends: [{ late: TIMES.sendMs + 0.9 * TIMES.settleMs }],
  reads: [],
  turns: [],
});

/** Wherever in its work it is: one of them stalls between accepting and sending. */
export const OVERTAKEN: readonly Run[] = Array.from({ length: 12 }, (_, index) => overtaken(index + 1));
