import { setTimeout as delay } from 'node:timers/promises';
import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a process of a test does wrong: it stalls before its n-th exchange, or dies at it. */
export interface Frailty {
  stall?: { at: number; ms: number } | undefined;
  /** `before`: the exchange does not happen. `after`: it happens, and nobody learns what it brought. */
  crash?: { at: number; when: 'before' | 'after' } | undefined;
}

/** Nothing is left of the process: whatever it was doing ends here. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/** The time a process lives in, which orders what it says. */
type ProcessTime = Pick<VirtualTime, 'sleep' | 'exchange' | 'enter'>;

const MACHINE_TIME: ProcessTime = {
  sleep: (ms) => delay(ms),
  exchange: (act) => act(),
  enter: async () => async () => undefined,
};

type Callable = (...args: unknown[]) => unknown;

/**
 * A process played within this one: everything it says to the database or to Instagram passes here, and once it has
 * crashed nothing does any more. A transaction that it dies in is rolled back, unless it dies hearing of the commit.
 */
export const createFragileProcess = ({ stall, crash }: Frailty = {}, time: ProcessTime = MACHINE_TIME) => {
  let exchanges = 0;
  let dead = false;

  const exchange = async <Result>(name: string, act: () => Promise<Result>): Promise<Result> => {
    if (dead) throw new Crashed();
    exchanges += 1;
    const number = exchanges;
    if (stall?.at === number) await time.sleep(stall.ms);
    if (crash?.at === number) {
      dead = true;
      if (crash.when === 'after') await time.exchange(act, name).catch(() => undefined);
    }
    if (dead) throw new Crashed();
    const result = await time.exchange(act, name);
    if (dead) throw new Crashed();
    return result;
  };

  /** The same object, but that each of its methods is an exchange. */
  const wrap = <Target extends object>(target: Target, names: 'all' | readonly string[] = 'all'): Target =>
    new Proxy(target, {
      get: (inner, name, receiver) => {
        const value = Reflect.get(inner, name, receiver) as unknown;
        if (typeof value !== 'function' || (names !== 'all' && !names.includes(String(name)))) return value;
        return (...args: unknown[]) => exchange(String(name), async () => await (value as Callable).apply(inner, args));
      },
    });

  const QUERIES = ['any', 'anyFirst', 'exists', 'maybeOne', 'one', 'oneFirst', 'query'] as const;
  const wrapDatabase = (pool: DatabasePool): DatabasePool =>
    new Proxy(wrap(pool, QUERIES), {
      get: (inner, name, receiver) => {
        if (name !== 'transaction') return Reflect.get(inner, name, receiver) as unknown;
        return async (body: (connection: object) => Promise<unknown>) => {
          if (dead) throw new Crashed();
          let ended = await time.enter('begin');
          try {
            const result = await pool.transaction(async (connection) => {
              await ended();
              try {
                const done = await body(wrap(connection, QUERIES));
                // The commit is the next exchange: dead before it, everything is rolled back.
                if (crash?.at === exchanges + 1 && crash.when === 'before') dead = true;
                if (dead) throw new Crashed();
                return done;
              } finally {
                ended = await time.enter('commit or roll back');
              }
            });
            await ended();
            await exchange('committed', async () => undefined);
            return result;
          } finally {
            await ended();
          }
        };
      },
    });

  const wrapConnected = (connected: ConnectedAccount): ConnectedAccount => ({
    ...connected,
    client: new Proxy(connected.client, {
      get: (client, name, receiver) => {
        const resource = Reflect.get(client, name, receiver) as unknown;
        return typeof resource === 'object' && resource !== null ? wrap(resource) : resource;
      },
    }),
  });

  return {
    wrapDatabase,
    wrapConnected,
    sleep: async (ms: number) => {
      if (dead) throw new Crashed();
      await time.sleep(ms);
      if (dead) throw new Crashed();
    },
  };
};
export type FragileProcess = ReturnType<typeof createFragileProcess>;
