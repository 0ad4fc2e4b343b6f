/** `fetch` itself closes a connection that is idle for so long, but only while the process runs. */
const MAX_IDLE_MS = 4_000;
/**
 * For one answer. With more than Node's default of 16 KiB a call fails as if the connection broke, and the usage headers
 * alone take 19 KB when an app serves 32 accounts.
 */
const MAX_HEADER_BYTES = 64 * 1_024;

/** Where Node's `fetch` finds its pool of connections: https://undici.nodejs.org/#/docs/api/GlobalInstallation */
const POOL = Symbol.for('undici.globalDispatcher.1');
type Dispatcher = NonNullable<RequestInit['dispatcher']>;
/** Its class takes these options: https://undici.nodejs.org/#/docs/api/Agent */
type Pool = Dispatcher & { constructor: new (options: { maxHeaderSize: number }) => Dispatcher };
const pools = globalThis as { [POOL]?: Pool };

let ours: Dispatcher | undefined;
let usedAt = Date.now();

/**
 * Runs a call over a pool of our own that holds no dead connections. Between two invocations Lambda freezes the process, so
 * no timer closes idle connections. Minutes later a request would go out on a connection that Instagram closed long ago. If
 * it is a write, nobody knows whether it arrived, and the read-back takes seconds; a new connection takes two round trips.
 */
export const overLiveConnections = async <Result>(
  call: (options: Pick<RequestInit, 'dispatcher'>) => Promise<Result>,
): Promise<Result> => {
  const nodes = pools[POOL];
  const isStale = Date.now() - usedAt > MAX_IDLE_MS;
  // Calls that are under way finish on the old pool. Its other connections close by themselves while the process runs.
  if (nodes !== undefined && (ours === undefined || isStale)) {
    ours = new nodes.constructor({ maxHeaderSize: MAX_HEADER_BYTES });
  }
  usedAt = Date.now();
  try {
    return await call(ours === undefined ? {} : { dispatcher: ours });
  } finally {
    usedAt = Date.now();
  }
};
