import type { CallFilter } from '../calls.ts';
import type { ControlRoute } from './route.ts';

const MAX_SHOWN = 1_000;

/** The log of calls. */
export const callRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/calls',
    answer: ({ query }, { calls }) => {
      const edge = query.get('edge');
      const method = query.get('method');
      const status = query.get('status');
      const filter: CallFilter = {
        ...(edge !== null && { edge }),
        ...(method !== null && { method }),
        ...(status !== null && { status: Number(status) }),
      };
      const fitting = calls.list(filter);
      const shown = Math.min(MAX_SHOWN, Number(query.get('limit') ?? 50) || 50);
      return { body: { counts: calls.counts(), fitting: fitting.length, calls: fitting.slice(-shown).reverse() } };
    },
  },
  {
    method: 'DELETE',
    path: '/calls',
    answer: (_, { calls }) => {
      calls.clear();
      return { body: { cleared: true } };
    },
  },
];
