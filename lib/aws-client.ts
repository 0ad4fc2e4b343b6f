const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * How an AWS service is reached. `region`: the environment's, where none is given; `endpoint`: where it is not AWS's
 * own.
 */
export const clientConfig = (region?: string, endpoint?: string) => ({
  ...(region !== undefined && { region }),
  maxAttempts: 3,
  requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  ...(endpoint !== undefined && { endpoint }),
  // Without TLS it is a stand-in, never AWS: it takes any credentials, and must not see real ones.
  ...(endpoint?.startsWith('http:') && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
});

/** Bounds a call to AWS as a whole, its retries included. */
export const withinMs = (ms = REQUEST_TIMEOUT_MS) => ({ abortSignal: AbortSignal.timeout(ms) });
