import { z } from 'zod';

/** A moment or a day in UTC, as PostgreSQL can compare it; null: it is neither. Years have four digits. */
const toUtc = (text: string, timeOfDay: string): string | null => {
  const time = Date.parse(text.length === 10 ? `${text}T${timeOfDay}Z` : text);
  const utc = Number.isNaN(time) ? '' : new Date(time).toISOString();
  return /^(?!0000)\d{4}-/.test(utc) ? utc : null;
};

/** A bound on times: a moment with its offset, or a day in UTC, which begins or ends at `timeOfDay`. */
export const timeBoundSchema = (timeOfDay: string, description: string) =>
  z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be an ISO 8601 time with offset, or a day',
    })
    .transform((text, context) => {
      const utc = toUtc(text, timeOfDay);
      if (utc !== null) return utc;
      context.addIssue('must be a time of the years 1 to 9999');
      return z.NEVER;
    })
    .optional()
    .meta({ override: { type: 'string' }, description, examples: ['2026-11-21T09:30:00Z', '2026-11-21'] });
