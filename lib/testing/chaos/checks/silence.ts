import type { Check } from './check.ts';

/** Calls that may be on their way when the refusal comes: a sync asks for so many objects side by side. */
const MOST_AT_ONCE = 4;

/** From a refusal for the limit that was heard until the minutes it stated are over, the log has no new call of the account. */
export const silence: Check = {
  promise: 'Throttled means silent',
  moments: ['settled'],
  find: async ({ simulator: { calls }, journal }) => {
    const log = calls.list();
    return log.flatMap((refused) => {
      const { refusedMinutes, account } = refused;
      if (refusedMinutes === null || account === null || journal.isDoubtful(refused)) return [];
      const until = Date.parse(refused.at) + refusedMinutes * 60_000;
      const next = log.filter(
        (call) => call.id > refused.id && call.account === account && Date.parse(call.at) < until,
      );
      const underWay = next.filter((call) => journal.isSameInvocation(refused, call)).slice(0, MOST_AT_ONCE - 1);
      return next
        .filter((call) => !underWay.includes(call))
        .slice(0, 1)
        .map(
          ({ method, path, at }) => `${method} ${path} at ${at}, refused at ${refused.at} for ${refusedMinutes} min`,
        );
    });
  },
};
