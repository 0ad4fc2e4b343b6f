import type { TaskName } from './schema.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** How often each task is done. Null: as often as the account's own interval says, at most. */
export const EVERY_SECONDS: Readonly<Record<TaskName, number | null>> = {
  sync_hot: null, // what is new
  sync_recent: DAY_SECONDS, // edits, counts and comments of the last 30 days
  sync_full: 7 * DAY_SECONDS, // deletions
  stories: 60 * 60, // they are up for a day, and Instagram forgets their figures with them
  account_figures: DAY_SECONDS, // of the last whole day of UTC
  refresh_token: DAY_SECONDS, // whether the token needs it; most days it does not
};

/** Looks at an account between two of its posts: one that posts each day is looked at every hour, as most are by default. */
const LOOKS_PER_POST = 24;
/** No account is looked at more rarely than this many of its intervals: comments come without posts, too. */
const MAX_INTERVALS = 6;

/**
 * Seconds until an account is looked at again: the more rarely it posts, the more. `gapSeconds`: its time from one post to the
 * next; null: it has none yet.
 */
export const hotPauseSeconds = (intervalSeconds: number, gapSeconds: number | null): number => {
  const wanted = (gapSeconds ?? 0) / LOOKS_PER_POST;
  return Math.min(Math.max(wanted, intervalSeconds), MAX_INTERVALS * intervalSeconds);
};
