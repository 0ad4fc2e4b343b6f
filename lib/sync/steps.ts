import type { CallOptions } from '../instagram/exchange.ts';
import type { SyncTurn } from './advance.ts';

/**
 * Limits for one read that may take several calls: each is a step of its own. The lease outlives three steps only, so it is
 * extended in between.
 */
export const stepsOf = (turn: Pick<SyncTurn, 'step' | 'refresh'>, signal: AbortSignal) => {
  let isFirst = true;
  return async (): Promise<CallOptions> => {
    if (!isFirst) await turn.refresh();
    isFirst = false;
    return { ...turn.step(), signal };
  };
};
