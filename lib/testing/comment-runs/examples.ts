import type { Frailty } from '../fragile-process.ts';
import { LATEST_EFFECT_MS, TIMES } from '../send-times.ts';
import type { Run } from './run.ts';

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

/**
 * A process stalls for 70 s before it records its answer. Its comment is taken for that of a sibling that had none, and its
 * own request is sent again: two comments for two requests. The answer, when it comes, must not have the first taken back.
 */
export const STALLED_AFTER_ANSWER: Run = {
  clients: [
    {
      text: 'Thank you!',
      keyed: true,
      tries: [
        {
          pauseMs: 1000,
          patienceMs: 27000,
          frailty: { stall: { at: 20, ms: 70000 }, crash: { at: 8, when: 'before' } },
        },
        { pauseMs: 1000, patienceMs: 27000, frailty: { stall: { at: 4, ms: 1000 }, crash: { at: 8, when: 'after' } } },
      ],
    },
    {
      text: 'Thank you!',
      keyed: true,
      tries: [
        { pauseMs: 0, patienceMs: 5000, frailty: { stall: { at: 6, ms: 12000 }, crash: { at: 6, when: 'after' } } },
        { pauseMs: 8000, patienceMs: 12000, frailty: { stall: { at: 10, ms: 1000 } } },
      ],
    },
    {
      text: 'See you there',
      keyed: true,
      tries: [
        { pauseMs: 1000, patienceMs: 27000, frailty: { stall: { at: 5, ms: 12000 }, crash: { at: 7, when: 'after' } } },
        { pauseMs: 1000, patienceMs: 12000, frailty: {} },
      ],
    },
    {
      text: 'See you there',
      keyed: true,
      tries: [
        {
          pauseMs: 1000,
          patienceMs: 12000,
          frailty: { stall: { at: 4, ms: 70000 }, crash: { at: 9, when: 'before' } },
        },
        { pauseMs: 1000, patienceMs: 5000, frailty: {} },
        { pauseMs: 25000, patienceMs: 12000, frailty: { stall: { at: 6, ms: 1000 } } },
      ],
    },
  ],
  sends: ['lost_before', 'done', 'lost_before'],
  reads: ['shown', 'failed', 'failed', 'withheld', 'shown', 'shown'],
  turns: [
    { atMs: 49123, frailty: {} },
    { atMs: 54906, frailty: { stall: { at: 5, ms: 1000 }, crash: { at: 5, when: 'before' } } },
    { atMs: 7875, frailty: { stall: { at: 3, ms: 1000 } } },
    { atMs: 40897, frailty: {} },
  ],
};
