/**
 * The environment, a schema per concern: a function parses the ones it needs when it is imported, and its bundle holds no
 * other (every schema that is built costs a cold start its part of a millisecond).
 */
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
