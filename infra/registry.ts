import { consumers, type Resource, type Route, routes, schedules } from '../functions/routes.ts';
import type { Stage } from './stage.ts';

/** Functions that only an operator runs, by hand and one at a time: the runbook and docs/aws.md have the commands. */
export const OPERATIONS: readonly { entry: string; uses: readonly Resource[]; impact: string }[] = [
  { entry: 'connect-account', uses: ['database', 'instagram'], impact: 'An operator could not connect an account' },
];

/** Every function there is: `functions/<entry>.ts`. Some belong to a deployment rather than to the service. */
export const allEntries = (): string[] => [
  ...new Set([
    'default-route',
    'migrate',
    'redrive',
    ...[...OPERATIONS, ...routes, ...consumers, ...schedules].map(({ entry }) => entry),
  ]),
];

/** Entries of all functions that write to Instagram, at a request or later: a freeze stops these. */
export const writingEntries = (): string[] => [
  ...new Set([
    ...routes
      .filter(({ contract, uses }) => contract.method !== 'GET' && uses.includes('instagram'))
      .filter(({ contract: { scope } }) => scope === 'comments:write' || scope === 'publish:write')
      .map(({ entry }) => entry),
    ...consumers.filter(({ queue }) => queue === 'publications').map(({ entry }) => entry),
  ]),
];

/** Whether a function only reads rows: all it answers are GETs, and it uses the database and nothing else. */
export const readsOnly = (entry: string): boolean => {
  const own = routes.filter((route) => route.entry === entry);
  return own.length > 0 && own.every(({ contract, uses }) => contract.method === 'GET' && uses.join() === 'database');
};

/** Connections that are kept for migrations, for RDS itself, and for a person at work in the database. */
const RESERVED_CONNECTIONS = 15;

type Endpoint = Pick<Route, 'entry' | 'uses' | 'rare'>;

/** Most executions at once of a function that answers requests; undefined where it does not use the database. */
export const concurrencyOf = (stage: Stage, { entry, uses, rare }: Endpoint): number | undefined =>
  uses.includes('database')
    ? (stage.concurrencyOf[entry] ?? (rare ? stage.rareConcurrency : stage.endpointConcurrency))
    : undefined;

/** What can be connected to the database at once: every execution has one connection. */
export const connectionsNeeded = (stage: Stage, endpointsOf: readonly Endpoint[] = routes): number => {
  const endpoints = new Map(endpointsOf.map((route) => [route.entry, concurrencyOf(stage, route) ?? 0]));
  const sum = [...endpoints.values()].reduce((total, one) => total + one, 0);
  return sum + schedules.length + OPERATIONS.length + consumers.length * stage.workerConcurrency + RESERVED_CONNECTIONS;
};

/** @throws {Error} when the functions could together open more connections than the database takes. */
export const assertConnections = (stage: Stage): void => {
  const needed = connectionsNeeded(stage);
  if (needed <= stage.databaseMaxConnections) return;
  throw new Error(
    `Stage ${stage.name}: functions and workers may open ${needed} connections, the database takes ` +
      `${stage.databaseMaxConnections}: lower endpointConcurrency, rareConcurrency, concurrencyOf or workerConcurrency, or raise ` +
      'databaseMaxConnections (and the instance, 10 MB a connection)',
  );
};
