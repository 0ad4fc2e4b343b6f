// Jest's global setup: one PostgreSQL for the whole run, and in it one migrated database that test files copy; and one process
// that synthesizes stages, once it is asked.
import { startSynthesisServer } from '../../infra/testing/synthesis-server.ts';
import { startTestServer } from './test-server.ts';

export default async () => {
  const server = await startTestServer();
  const synthesis = await startSynthesisServer();
  // biome-ignore lint/style/noProcessEnv: the only way jest offers to tell its workers something
  Object.assign(process.env, server.environment, { TEST_SYNTHESIS_URL: synthesis.url });
  globalThis.stopTestServers = () => Promise.all([server.stop(), synthesis.stop()]);
};
