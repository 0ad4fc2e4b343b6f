import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs `work` and counts how often the event loop turned meanwhile: how often other requests could be served. */
export const countTurns = async <Result>(work: () => Promise<Result>): Promise<{ result: Result; turns: number }> => {
  let turns = 0;
  let isOver = false;
  const counting = (async () => {
    for (; !isOver; turns += 1) await nextTurn();
  })();
  try {
    return { result: await work(), turns };
  } finally {
    isOver = true;
    await counting;
  }
};
