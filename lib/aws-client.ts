const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** How an AWS service is reached; `endpoint`: where it is not AWS's own. */
export const clientConfig = (region: string, endpoint?: string) => ({
  region,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  ...(endpoint !== undefined && { endpoint }),
  // Without TLS it is a stand-in, never AWS: it takes any credentials, and must not see real ones.
  ...(endpoint?.startsWith('http:') && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
});
