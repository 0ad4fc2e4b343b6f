import type { Delivery } from './graph/answer.ts';
import type { Call } from './graph/call.ts';
import type { Acting } from './scenarios/scenarios.ts';

/** A call as the log remembers it. Never its token. */
export interface LoggedCall {
  readonly id: number;
  readonly at: string;
  readonly method: string;
  /** Without version. */
  readonly path: string;
  /** The operation by name; null: there is none such, or the object is unknown. */
  readonly edge: string | null;
  readonly login: string;
  readonly version: string;
  readonly params: Readonly<Record<string, string>>;
  readonly token: Call['tokenFrom'];
  /** Whose token it was; null: none, or nobody's. */
  readonly account: string | null;
  /** Kinds of the scenarios that acted on it. */
  readonly scenarios: readonly string[];
  /** For how many minutes it was refused for a rate limit; null: it was not. */
  readonly refusedMinutes: number | null;
  /** How many calls were being answered when it came, itself included. */
  readonly inFlight: number;
  /** null: not answered yet; 0: the connection was closed instead. */
  readonly status: number | null;
  readonly code: number | string | null;
  readonly subcode: number | null;
  /** Milliseconds from its arrival to its answer. */
  readonly ms: number | null;
}

/** Which calls; what is left out is not looked at. */
export type CallFilter = Partial<Pick<LoggedCall, 'edge' | 'method' | 'login' | 'path' | 'status' | 'code'>>;

const MAX_KEPT = 10_000;

const fits = (call: LoggedCall, filter: CallFilter): boolean =>
  (Object.keys(filter) as (keyof CallFilter)[]).every((key) => filter[key] === undefined || call[key] === filter[key]);

const withoutSecrets = (params: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...params].map(([name, value]) => [name, /token|secret|proof/.test(name) ? '[redacted]' : value]),
  );

/** Of several scenarios that refuse a call, the first is what is answered. */
const minutesOf = (acting: readonly Acting[]): number | null => {
  const refusal = acting.find(({ behaviour }) => behaviour.replace !== undefined);
  return refusal?.kind === 'throttle' ? (refusal.behaviour.usage?.minutes ?? null) : null;
};

/** The log of calls to the Graph API, oldest first; the last 10,000 are kept, and counts of all. */
export const createCallLog = (now: () => number) => {
  let calls: { -readonly [Key in keyof LoggedCall]: LoggedCall[Key] }[] = [];
  let counts = new Map<string, number>();
  let made = 0;
  let inFlight = 0;
  const waiting = new Set<{ filter: CallFilter; resolve: (call: LoggedCall) => void }>();

  return {
    /** Notes a call at its arrival; the answer of the function it returns is noted when the call has been answered. */
    begin: (call: Call, acting: readonly Acting[]): ((delivery: Delivery | null) => void) => {
      made += 1;
      inFlight += 1;
      const started = performance.now();
      const entry: (typeof calls)[number] = {
        id: made,
        at: new Date(now()).toISOString(),
        method: call.method,
        path: `/${call.path.join('/')}`,
        edge: call.edge?.name ?? null,
        login: call.login,
        version: call.version,
        params: withoutSecrets(call.params),
        token: call.tokenFrom,
        account: call.token?.accountId ?? null,
        scenarios: acting.map(({ kind }) => kind),
        refusedMinutes: minutesOf(acting),
        inFlight,
        status: null,
        code: null,
        subcode: null,
        ms: null,
      };
      calls.push(entry);
      if (calls.length >= 2 * MAX_KEPT) calls = calls.slice(-MAX_KEPT);
      const name = `${entry.method} ${entry.edge ?? 'unknown'}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const waiter of waiting) {
        if (!fits(entry, waiter.filter)) continue;
        waiting.delete(waiter);
        waiter.resolve(entry);
      }
      return (delivery) => {
        inFlight -= 1;
        entry.status = delivery?.status ?? 0;
        entry.code = delivery?.code ?? null;
        entry.subcode = delivery?.subcode ?? null;
        entry.ms = Math.round((performance.now() - started) * 10) / 10;
      };
    },

    list: (filter: CallFilter = {}): readonly LoggedCall[] =>
      calls.slice(-MAX_KEPT).filter((call) => fits(call, filter)),
    /** How many of the calls that are kept fit. */
    count: (filter: CallFilter = {}): number => calls.slice(-MAX_KEPT).filter((call) => fits(call, filter)).length,
    /** How often each operation was called since the log was cleared: `{"GET user.media": 3}`. */
    counts: (): Readonly<Record<string, number>> => Object.fromEntries(counts),
    /** The next call that fits, as soon as it arrives (it may not be answered yet). */
    next: (filter: CallFilter = {}): Promise<LoggedCall> =>
      new Promise((resolve) => {
        waiting.add({ filter, resolve });
      }),
    clear: (): void => {
      calls = [];
      counts = new Map();
    },
  };
};

export type CallLog = ReturnType<typeof createCallLog>;
