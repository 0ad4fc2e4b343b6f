const DAY_MS = 24 * 60 * 60 * 1_000;

/** The day of UTC, `YYYY-MM-DD`, of a moment in milliseconds since 1970. */
export const toDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The day so many days later; negative: before. */
export const shiftDay = (day: string, days: number): string => toDay(Date.parse(day) + days * DAY_MS);

/** How many days there are from one to another. */
export const daysBetween = (since: string, until: string): number => (Date.parse(until) - Date.parse(since)) / DAY_MS;
