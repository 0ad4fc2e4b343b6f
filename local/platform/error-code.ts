/** The `code` of a system error, such as `EADDRINUSE`, wherever in Node or under jest it was made. */
export const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
