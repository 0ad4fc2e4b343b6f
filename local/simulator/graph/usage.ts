import type { Call } from './call.ts';

/** Shares of the rate limits that are used up, in percent, and minutes until calls are let through again. */
export interface Usage {
  readonly app?: number;
  readonly business?: number;
  readonly minutes?: number;
}

const QUIET: Required<Usage> = { app: 1, business: 1, minutes: 0 };

/** The usage headers of an answer; the two hosts word the first one differently. */
export const usageHeaders = ({ login, token }: Call, usage: Usage = {}): Record<string, string> => {
  const { app, business, minutes } = { ...QUIET, ...usage };
  const own = { call_count: business, total_cputime: Math.floor(business / 2), total_time: Math.floor(business / 3) };
  return {
    'X-App-Usage': JSON.stringify(
      login === 'instagram'
        ? { call_volume: app, cpu_time: Math.floor(app / 2) }
        : { call_count: app, total_cputime: Math.floor(app / 2), total_time: Math.floor(app / 3) },
    ),
    ...(token && {
      'X-Business-Use-Case-Usage': JSON.stringify({
        [token.accountId]: [{ type: 'instagram', ...own, estimated_time_to_regain_access: minutes }],
      }),
    }),
  };
};
