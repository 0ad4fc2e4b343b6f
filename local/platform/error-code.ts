/** The `code` of a system error, such as `EADDRINUSE`. No `instanceof`: under jest, Node's errors are of another realm. */
export const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
