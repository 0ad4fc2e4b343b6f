/** As long as `fetch` itself keeps a connection that nobody uses, while time passes for it. */
const IDLE_MS = 4_000;
/**
 * Of one answer's headers. Node's own bound is 16 KiB, and an answer beyond it is lost as a broken connection is; the usage
 * headers alone take 19 KB where an app serves 32 accounts.
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
 * Runs a call over connections of our own that are alive. Between two invocations a Lambda function is frozen, and no timer
 * closes what nobody uses: minutes later a request would go out on a connection that Instagram closed long ago, and of a
 * write nobody would know whether it arrived. It would be looked for, which takes seconds; a new connection takes two round
 * trips.
 */
export const overLiveConnections = async <Result>(
  call: (options: Pick<RequestInit, 'dispatcher'>) => Promise<Result>,
): Promise<Result> => {
  const nodes = pools[POOL];
  const isStale = Date.now() - usedAt > IDLE_MS;
  // Calls still under way over the old pool end there; what else is in it closes by itself, in time that does pass.
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
