import { sql } from 'slonik';

/** True of a post that is on Instagram, as far as we know. A story that is over is not, which needs no call to know. */
export const IS_THERE = sql.fragment`gone_at IS NULL AND (expires_at IS NULL OR expires_at > service_now())`;

/** Since when a row of `posts` is not on Instagram any more; null: it is there. */
export const GONE_AT = sql.fragment`
  coalesce(posts.gone_at, CASE WHEN posts.expires_at <= service_now() THEN posts.expires_at END)`;
