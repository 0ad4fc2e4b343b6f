// Jest's global setup: one PostgreSQL for the whole run, and in it one migrated database that test files copy.
import { startTestServer } from './test-server.ts';

export default async () => {
  const server = await startTestServer();
  // biome-ignore lint/style/noProcessEnv: the only way jest offers to tell its workers something
  Object.assign(process.env, server.environment);
  globalThis.stopTestServer = server.stop;
};
