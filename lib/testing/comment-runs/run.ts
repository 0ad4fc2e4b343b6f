import fc from 'fast-check';
import type { ScenarioInput } from '../../../local/simulator/scenarios/scenarios.ts';
import { anyFrailty } from '../any-frailty.ts';
import type { Frailty } from '../fragile-process.ts';
import { anyLate } from '../send-times.ts';

/** What becomes of one send. `late`: the caller hears nothing, and the effect comes so many milliseconds later. */
export const SENDS = {
  done: null,
  lost_before: { kind: 'reset' },
  lost_after: { kind: 'reset', placement: 'after' },
  failed_before: { kind: 'unavailable' },
  failed_after: { kind: 'unavailable', placement: 'after' },
  garbled_after: { kind: 'truncated', placement: 'after' },
  refused_but_done: { kind: 'error', code: 20, subcode: 1_772_107, placement: 'after' },
  spam_before: { kind: 'blocked', code: 4 },
  spam_after: { kind: 'blocked', code: 4, placement: 'after' },
  throttled: { kind: 'throttle' },
} as const satisfies Record<string, ScenarioInput | null>;
type Send = keyof typeof SENDS | { late: number };

export const READS = {
  shown: null,
  failed: { kind: 'html', status: 400 },
  withheld: { kind: 'empty_list' },
} as const satisfies Record<string, ScenarioInput | null>;

/** A try of a client: after a pause, with so much time, by a process with its frailties. */
export interface Try {
  pauseMs: number;
  patienceMs: number;
  frailty: Frailty;
}
/** One run: clients with their tries, what becomes of sends and looks in their order, and turns of the worker. */
export interface Run {
  clients: { text: string; keyed: boolean; tries: Try[] }[];
  sends: Send[];
  reads: (keyof typeof READS)[];
  turns: { atMs: number; frailty: Frailty }[];
}

/** Any run. Few texts, so that siblings are common. */
export const anyRun: fc.Arbitrary<Run> = fc.record({
  clients: fc.array(
    fc.record({
      text: fc.constantFrom('Thank you!', 'See you there'),
      keyed: fc.boolean(),
      tries: fc.array(
        fc.record({
          pauseMs: fc.constantFrom(0, 1_000, 8_000, 25_000),
          patienceMs: fc.constantFrom(5_000, 12_000, 27_000),
          frailty: anyFrailty(20),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  sends: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(SENDS) as (keyof typeof SENDS)[])) },
      { weight: 2, arbitrary: fc.constant<Send>('lost_before') },
      { weight: 2, arbitrary: fc.constant<Send>('lost_after') },
      { weight: 3, arbitrary: anyLate },
    ),
    { maxLength: 6 },
  ),
  reads: fc.array(fc.constantFrom<keyof typeof READS>('shown', 'shown', 'failed', 'withheld'), { maxLength: 6 }),
  turns: fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 60_000 }), frailty: anyFrailty(12) }), { maxLength: 4 }),
});

/** Mistakes that the property has to find. */
export interface Mistakes {
  /** Sends once more at once, when the answer was lost. */
  blindRetry?: boolean;
  /** Takes a comment that does not show at once for one that was not written. */
  earlyAbsent?: boolean;
  /** Lets whoever was overtaken write all the same. */
  lostFence?: boolean;
  /** Lets the worker send. */
  sendingWorker?: boolean;
}
