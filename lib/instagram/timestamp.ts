const TIMESTAMP = /^(\d{4}-\d{2}-(\d{2}))T(\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:Z|([+-]\d{2}):?(\d{2}))$/;

/**
 * A Graph timestamp (`2019-09-26T22:36:43+0000`, without the colon that ISO 8601 wants in the offset) as ISO 8601 in UTC
 * with `Z`, whole seconds; `null`: it is no real point in time.
 */
export const toUtcTimestamp = (text: string): string | null => {
  const [, date, day, time, hours, minutes] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const local = `${date}T${time}Z`;
  const milliseconds = Date.parse(local);
  // V8 reads 30 February as 2 March, and 24:00 as the next day
  if (new Date(milliseconds).getUTCDate() !== Number(day)) return null;
  const offsetMinutes = hours === undefined ? 0 : Number(hours) * 60 + Number(`${hours[0]}${minutes}`);
  const utc = offsetMinutes === 0 ? local : toIso(milliseconds - offsetMinutes * 60_000);
  return /^(?!0000)\d{4}-/.test(utc) ? utc : null; // Postgres has no year 0, ISO 8601 no year of five digits
};

const toIso = (milliseconds: number) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');
