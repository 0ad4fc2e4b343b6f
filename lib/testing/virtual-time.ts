import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import type { CallClock } from '../instagram/exchange.ts';
import type { DatabaseClock } from './test-clock.ts';

/** When every run begins: a seed that depends on the second of the minute would be another run tomorrow. */
const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5);
/** What each statement and each call takes. */
const EXCHANGE_MS = 1;
/** How often it is looked whether what is in flight waits for a lock. Nothing is decided by it but when to look again. */
const LOOK_AGAIN_MS = 20;
/** The machine's own time in which something must happen: a bound for a run that hangs, no measure. */
const STUCK_MS = 30_000;

/** Something that is to happen at a moment; of one moment, in the order in which it was asked for. */
interface Event {
  at: number;
  order: number;
  kind: 'exchange' | 'end of a wait';
  happen: () => void;
}
/**
 * A statement or call that was begun. `parked`, it waits for time to pass, and for nothing else; `ended`, whoever began it
 * has not heard so yet: of several that end together, as one of them held the lock of the others, the first is told first.
 */
interface Exchange {
  state: 'busy' | 'parked' | 'ended';
  told: PromiseWithResolvers<void>;
}

/**
 * The time of a run that is played: it passes only when nothing is in flight, and then at once, to the next moment at which
 * something is to happen. One statement or call is in flight at a time, each takes a millisecond, so that two processes
 * take turns; one that waits for a lock lets the others go on. What happens in which order is thus decided by the run
 * alone, however busy the machine is.
 *
 * `service_now()` of the pool's database, `now` and `sleep` are this one clock. Whatever a process asks of the database or
 * Instagram must pass `exchange` or `enter`.
 */
export const createVirtualTime = (pool: DatabasePool, clock: DatabaseClock) => {
  const current = new AsyncLocalStorage<Exchange>();
  const inFlight = new Set<Exchange>();
  const events: Event[] = [];
  const history: string[] = [];
  let time = 0;
  let asked = 0;
  let changed = Promise.withResolvers<void>();

  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const at = (moment: number, happen: () => void, kind: Event['kind'] = 'end of a wait'): (() => void) => {
    asked += 1;
    const event = { at: Math.max(moment, time), order: asked, kind, happen };
    events.push(event);
    return () => {
      const index = events.indexOf(event);
      if (index >= 0) events.splice(index, 1);
    };
  };
  const until = (moment: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    at(moment, resolve);
    return promise;
  };

  const park = (exchange: Exchange | undefined): void => {
    if (exchange?.state === 'busy') exchange.state = 'parked';
    change();
  };
  const unpark = (exchange: Exchange | undefined): void => {
    if (exchange?.state === 'parked') exchange.state = 'busy';
  };

  const begin = async (name: string): Promise<Exchange> => {
    const exchange: Exchange = { state: 'busy', told: Promise.withResolvers() };
    await new Promise<void>((resolve) => {
      const happen = () => {
        inFlight.add(exchange);
        history.push(`${time} ${name}`);
        resolve();
      };
      at(time + EXCHANGE_MS, happen, 'exchange');
    });
    return exchange;
  };
  const end = async (exchange: Exchange): Promise<void> => {
    exchange.state = 'ended';
    change();
    await exchange.told.promise;
  };
  const countBusy = () => [...inFlight].filter(({ state }) => state === 'busy').length;

  /** How many connections wait for a lock that another holds. */
  const countWaiting = () =>
    pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(pid)) > 0
    `);

  /** Resolves once nothing is busy any more but what waits for a lock. */
  const untilQuiet = async (): Promise<void> => {
    for (const giveUpAt = performance.now() + STUCK_MS; countBusy() > 0; ) {
      if (performance.now() > giveUpAt) throw new Error('A statement or call of the run does not end');
      const soon = changed.promise.then(() => 'changed');
      if ((await Promise.race([soon, delay(LOOK_AGAIN_MS)])) === 'changed' && countBusy() === 0) return;
      if ((await countWaiting()) === countBusy()) return;
    }
  };

  /** Resolves once everything has gone as far as it can go without time passing. */
  const settle = async (isOver: () => boolean): Promise<void> => {
    for (;;) {
      await turnOfTheLoop(); // all that follows from what has just happened follows within it
      if (isOver()) return;
      await untilQuiet();
      const ended = [...inFlight].find(({ state }) => state === 'ended');
      if (ended === undefined) return;
      inFlight.delete(ended);
      ended.told.resolve();
    }
  };

  const sleep = async (ms: number): Promise<void> => {
    const exchange = current.getStore();
    park(exchange);
    await until(time + Math.max(0, ms));
    unpark(exchange);
  };

  return {
    /** Milliseconds since the run began. */
    now: () => time,
    /** Milliseconds since 1970. */
    date: () => BEGIN + time,
    sleep,

    /** The time of the calls to Instagram. What a call waits for is over when its own time is. */
    calls: {
      now: () => time,
      after: (ms, act) => {
        const exchange = current.getStore();
        return at(time + ms, () => {
          unpark(exchange);
          act();
        });
      },
    } satisfies CallClock,

    /** Does something later on, whatever becomes of the exchange in which this is asked for. */
    later: (ms: number, act: () => void): Promise<void> => current.exit(() => until(time + Math.max(0, ms)).then(act)),

    /** Does what is said to the database or to Instagram, in its turn. */
    exchange: async <Result>(act: () => Promise<Result>, name = ''): Promise<Result> => {
      if (current.getStore() !== undefined) return await act(); // a part of one that is under way
      const exchange = await begin(name);
      try {
        return await current.run(exchange, act);
      } finally {
        await end(exchange);
      }
    },
    /** The same for what is no function: resolves when it may begin, to what says that it has ended, and awaits its turn. */
    enter: async (name: string): Promise<() => Promise<void>> => {
      const exchange = await begin(name);
      return () => end(exchange);
    },
    /** The exchange in which this is called is not answered any more before its time is over. */
    hang: () => park(current.getStore()),

    /** What the run has said to whom, and when: as `1013 any`, in order. */
    history: (): readonly string[] => history,

    /** Plays a run from its beginning. */
    play: async <Result>(body: () => Promise<Result>): Promise<Result> => {
      time = 0;
      asked = 0;
      events.length = 0;
      inFlight.clear();
      history.length = 0;
      let isOver = false;
      let told = 0; // to the database
      await clock.stopAt(BEGIN);
      const result = body().finally(() => {
        isOver = true;
        change();
      });
      result.catch(() => undefined); // it is thrown below, once nothing is in flight
      for (;;) {
        await settle(() => isOver);
        if (isOver) return await result;
        const next = events.toSorted((one, other) => one.at - other.at || one.order - other.order)[0];
        if (next === undefined) throw new Error('The run waits for something that is neither time nor an exchange');
        events.splice(events.indexOf(next), 1);
        time = next.at;
        if (next.kind === 'exchange' && told < time) {
          told = time;
          await clock.stopAt(BEGIN + time);
        }
        next.happen();
      }
    },
  };
};
export type VirtualTime = ReturnType<typeof createVirtualTime>;
