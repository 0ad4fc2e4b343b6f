/**
 * The environment, one schema per concern. A function parses those that it needs when it is imported, and its bundle
 * holds no others: every schema costs a part of a millisecond at a cold start.
 */
export * from './config/callers.ts';
export * from './config/database.ts';
export { parseEnv, readEnvironment, setEnvironment } from './config/environment.ts';
export * from './config/http.ts';
export * from './config/instagram.ts';
export * from './config/local.ts';
export * from './config/log.ts';
export * from './config/metrics.ts';
export * from './config/migrations.ts';
export * from './config/queues.ts';
export * from './config/uploads.ts';
export * from './config/work.ts';
