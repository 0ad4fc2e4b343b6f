import { expect, test } from '@jest/globals';
import { keepAlive } from './keep-alive.ts';

const DIED = 'PostgreSQL has died: starting it again';
const SERVES = 'PostgreSQL serves again';
const MINUTE_MS = 60_000;

/** Watches a server through these lives: each lasts so many milliseconds, or does not begin for this reason. */
const watch = async (...lives: (number | string)[]) => {
  const lines: string[] = [];
  const begin = async (): Promise<number> => {
    const life = lives.shift();
    if (typeof life === 'string') throw new Error(life);
    return life ?? Number.POSITIVE_INFINITY;
  };
  let leftMs = await begin();
  const outcome = await keepAlive({
    isAlive: async () => leftMs > 0,
    relaunch: async () => {
      leftMs = await begin();
    },
    log: (line) => lines.push(line),
    wait: async (ms) => {
      if (leftMs === Number.POSITIVE_INFINITY) throw new Error('it lives on');
      leftMs -= ms;
    },
  }).catch(({ message }: Error) => message);
  return { lines, outcome, unused: lives };
};

test('a server that dies is started again, until it starts', async () => {
  expect(await watch(MINUTE_MS, 'no memory', 'no memory')).toEqual({
    lines: [DIED, SERVES],
    outcome: 'it lives on',
    unused: [],
  });
});

test('five attempts in a row that fail are the last, and say why', async () => {
  expect(await watch(MINUTE_MS, 'a', 'b', 'c', 'd', 'no memory', 'too late')).toEqual({
    lines: [DIED],
    outcome: 'PostgreSQL did not come back in 5 attempts: no memory',
    unused: ['too late'],
  });
});

test('a server that comes back only to die within a minute has not come back', async () => {
  const { outcome, unused } = await watch(1, 1, 'no memory', MINUTE_MS / 2, 1, 1, 'too late');

  expect(outcome).toBe('PostgreSQL did not come back in 5 attempts: it keeps dying');
  expect(unused).toEqual(['too late']);
});

test('a server that lived for a minute has all attempts before it again', async () => {
  const { outcome, lines } = await watch(1, 'a', 'b', 'c', 'd', 2 * MINUTE_MS, 'a', 'b', 'c', 'd');

  expect(outcome).toBe('it lives on');
  expect(lines).toEqual([DIED, SERVES, DIED, SERVES]);
});
