import type { CallOptions } from '../instagram/exchange.ts';
import type { SyncTurn } from './advance.ts';

/**
 * The limits of a read that may take several calls. Each call is a step with a deadline of its own. The lease is extended
 * before each further call, because it lasts only three steps.
 */
export const stepsOf = (turn: Pick<SyncTurn, 'step' | 'refresh'>, signal: AbortSignal) => {
  let isFirst = true;
  return async (): Promise<CallOptions> => {
    if (!isFirst) await turn.refresh();
    isFirst = false;
    return { ...turn.step(), signal };
  };
};
