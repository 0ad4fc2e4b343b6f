/** Whether a client prefers a table to JSON, by its `Accept`: it names one, and not JSON before it. */
export const wantsCsv = (accept: string | undefined): boolean => {
  const types = (accept ?? '').split(',').map((type) => type.split(';', 1)[0]?.trim().toLowerCase());
  const csv = types.indexOf('text/csv');
  const json = types.indexOf('application/json');
  return csv >= 0 && (json < 0 || csv < json);
};
