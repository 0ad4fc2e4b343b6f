/** `node local/check-health.ts <url>`: ends with 0 if the URL answers with a success. For containers, which have no curl. */
const [url = ''] = process.argv.slice(2);
const TIMEOUT_MS = 4_000;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  console.log(response.status, (await response.text()).slice(0, 1_000));
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(error instanceof Error ? (error.cause ?? error) : error);
  process.exitCode = 1;
}
