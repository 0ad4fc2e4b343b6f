import type { Run } from './run.ts';

/**
 * The second send had only those looks that the first had left of its twelve: in an outage they were used up one look before
 * it was certain that nothing was published, and nobody will ever know was told instead.
 */
export const LOOKS_USED_UP: Run = {
  clients: [
    {
      caption: 'High tide',
      kind: 'image',
      keyed: false,
      tries: [
        {
          pauseMs: 12_000,
          patienceMs: 27_000,
          frailty: { stall: { at: 7, ms: 12_000 }, crash: { at: 41, when: 'before' } },
        },
      ],
    },
  ],
  sends: ['container_refused', 'failed_before', 'lost_after', 'lost_after'],
  looks: ['outage', 'shown', ...Array.from({ length: 8 }, () => 'outage' as const)],
  listings: ['shown', 'shown'],
  makings: ['done', 'done', 'slow'],
  turns: [
    { atMs: 7_520, frailty: { stall: { at: 18, ms: 12_000 } } },
    { atMs: 6_460, frailty: { stall: { at: 28, ms: 70_000 }, crash: { at: 4, when: 'after' } } },
    { atMs: 13_660, frailty: { stall: { at: 21, ms: 70_000 }, crash: { at: 17, when: 'before' } } },
    { atMs: 8_180, frailty: { stall: { at: 2, ms: 12_000 } } },
    { atMs: 14_900, frailty: { stall: { at: 19, ms: 70_000 }, crash: { at: 6, when: 'before' } } },
  ],
};

/**
 * A worker is refused, and stalls at its n-th exchange until its lease and its send are another's, which publishes. Without
 * its fence it would then record the refusal over that.
 */
const overtaken = (at: number): Run => ({
  clients: [
    {
      caption: 'High tide',
      kind: 'image',
      keyed: true,
      tries: [{ pauseMs: 0, patienceMs: 0, frailty: {} }],
    },
  ],
  sends: ['blocked', 'lost_after'],
  looks: ['shown', 'shown', 'shown', 'outage', 'outage'],
  listings: ['withheld', 'withheld'],
  makings: [],
  turns: [
    { atMs: 1_000, frailty: {} }, // makes the container
    { atMs: 5_000, frailty: { stall: { at, ms: 70_000 } } },
    { atMs: 66_000, frailty: {} }, // looks
    { atMs: 70_000, frailty: {} }, // looks once more
    { atMs: 74_000, frailty: {} }, // sends again
  ],
});

/** Wherever in its work it is: one of them stalls between being refused and recording it. */
export const OVERTAKEN: readonly Run[] = Array.from({ length: 45 }, (_, index) => overtaken(index + 1));

const alone: Run['clients'] = [
  {
    caption: 'High tide',
    kind: 'image',
    keyed: true,
    tries: [{ pauseMs: 0, patienceMs: 27_000, frailty: {} }],
  },
];
const quiet: Omit<Run, 'clients' | 'sends'> = { looks: [], listings: [], makings: [], turns: [] };

/** It is published, and its container is not shown for a while. */
export const NOT_SHOWN: Run = {
  ...quiet,
  clients: alone,
  sends: ['lost_after'],
  looks: ['shown', ...Array.from({ length: 8 }, () => 'outage' as const)],
  listings: ['withheld', 'withheld', 'withheld'],
};
