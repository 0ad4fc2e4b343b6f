import fc from 'fast-check';
import { anyFrailty } from '../any-frailty.ts';
import type { Fault } from '../fault-gate.ts';
import type { Frailty } from '../fragile-process.ts';
import { anyLate } from '../send-times.ts';

export const LEASE_SECONDS = 60;

/** What becomes of one media_publish. `late`: the caller hears nothing, and the effect comes so many milliseconds later. */
export const SENDS = {
  done: null,
  lost_before: { kind: 'reset' },
  lost_after: { kind: 'reset', placement: 'after' },
  failed_before: { kind: 'unavailable' },
  failed_after: { kind: 'unavailable', placement: 'after' },
  garbled_after: { kind: 'truncated', placement: 'after' },
  spam_before: { kind: 'blocked', code: 4 },
  spam_after: { kind: 'blocked', code: 4, placement: 'after' },
  blocked: { kind: 'blocked', code: 368 },
  throttled: { kind: 'throttle' },
  not_ready: { kind: 'error', code: 9007, subcode: 2207027 },
  quota: { kind: 'error', code: 9, subcode: 2207042 },
  container_unknown: { kind: 'error', code: 24, subcode: 2207008 },
  container_refused: { kind: 'error', code: 24, subcode: 2207006 },
  container_refused_after: { kind: 'error', code: 24, subcode: 2207006, placement: 'after' },
} as const satisfies Record<string, Fault>;
export type Send = keyof typeof SENDS | { late: number };

/** What becomes of a look at a container, and of a listing. */
export const LOOKS = {
  shown: null,
  failed: { kind: 'html', status: 400 },
  outage: { kind: 'outage' },
} as const satisfies Record<string, Fault>;
export const LISTINGS = {
  shown: null,
  failed: { kind: 'html', status: 400 },
  withheld: { kind: 'empty_list' },
} as const satisfies Record<string, Fault>;

/** What becomes of making a container, and of the container. */
export const MAKINGS = {
  done: null,
  lost_after: { kind: 'reset', placement: 'after' },
  failed: { kind: 'unavailable' },
  slow: { kind: 'container', processing_ms: 20_000 },
  broken: { kind: 'container', status_code: 'ERROR', subcode: 2207026 },
  not_fetched: { kind: 'container', status_code: 'ERROR', subcode: 2207052 },
} as const satisfies Record<string, Fault>;

/** A try of a client: after a pause, with so much time, by a process with its frailties. */
export interface Try {
  pauseMs: number;
  patienceMs: number;
  frailty: Frailty;
}
/** One run: clients with their tries, what becomes of calls in their order, and turns of workers. */
export interface Run {
  clients: { caption: string; kind: 'image' | 'carousel'; keyed: boolean; tries: Try[] }[];
  sends: Send[];
  looks: (keyof typeof LOOKS)[];
  listings: (keyof typeof LISTINGS)[];
  makings: (keyof typeof MAKINGS)[];
  turns: { atMs: number; frailty: Frailty }[];
}

const names = <Faults extends object>(faults: Faults) => Object.keys(faults) as (keyof Faults)[];

/** Any run. Few captions, so that publications that look alike are common. */
export const anyRun: fc.Arbitrary<Run> = fc.record({
  clients: fc.array(
    fc.record({
      caption: fc.constantFrom('Low tide', 'Low tide', 'High tide'),
      kind: fc.constantFrom('image', 'image', 'image', 'image', 'carousel'),
      keyed: fc.boolean(),
      tries: fc.array(
        fc.record({
          pauseMs: fc.constantFrom(0, 1_000, 8_000, 25_000),
          patienceMs: fc.constantFrom(0, 5_000, 12_000, 27_000),
          frailty: anyFrailty(45),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  sends: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Send>(...names(SENDS)) },
      { weight: 2, arbitrary: fc.constant<Send>('lost_before') },
      { weight: 2, arbitrary: fc.constant<Send>('lost_after') },
      { weight: 3, arbitrary: anyLate },
    ),
    { maxLength: 6 },
  ),
  looks: fc.array(fc.constantFrom<keyof typeof LOOKS>('shown', 'failed', 'outage', 'outage'), { maxLength: 16 }),
  listings: fc.array(fc.constantFrom<keyof typeof LISTINGS>('shown', 'shown', 'failed', 'withheld'), { maxLength: 4 }),
  makings: fc.array(fc.constantFrom<keyof typeof MAKINGS>('done', 'done', 'done', ...names(MAKINGS)), { maxLength: 6 }),
  turns: fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 180_000 }), frailty: anyFrailty(30) }), { maxLength: 5 }),
});

/** Mistakes that the property has to find. */
export interface Mistakes {
  /** Publishes another container at once, when the answer was lost. */
  blindRetry?: boolean;
  /** Takes what does not show at once for what did not happen. */
  earlyAbsent?: boolean;
  /** Lets whoever was overtaken write all the same. */
  lostFence?: boolean;
  /** Takes a container that Instagram does not show for one that failed. */
  trustedOutage?: boolean;
}
