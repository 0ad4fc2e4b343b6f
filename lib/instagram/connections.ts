/** As long as `fetch` itself keeps a connection that nobody uses, while time passes for it. */
const IDLE_MS = 4_000;

/** Where Node's `fetch` finds its pool of connections: https://undici.nodejs.org/#/docs/api/GlobalInstallation */
const POOL = Symbol.for('undici.globalDispatcher.1');
interface Pool {
  constructor: new () => Pool;
}
const pools = globalThis as { [POOL]?: Pool };

let usedAt = Date.now();

/**
 * Runs a call over connections that are alive. Between two invocations a Lambda function is frozen, and no timer closes
 * what nobody uses: minutes later a request would go out on a connection that Instagram closed long ago, and of a write
 * nobody would know whether it arrived. It would be looked for, which takes seconds; a new connection takes two round trips.
 */
export const overLiveConnections = async <Result>(call: () => Promise<Result>): Promise<Result> => {
  const old = pools[POOL];
  // Calls still under way over the old pool end there; what else is in it closes by itself, in time that does pass.
  if (old !== undefined && Date.now() - usedAt > IDLE_MS) pools[POOL] = new old.constructor();
  usedAt = Date.now();
  try {
    return await call();
  } finally {
    usedAt = Date.now();
  }
};
