/**
 * The one registry: which function answers which contract, works off which queue, runs at which interval. API Gateway's
 * routes, the local platform and `openapi.json` are made from it. `entry` names a file here: `functions/<entry>.ts`.
 */
import type { Endpoint } from '../lib/contract.ts';
import { healthContract } from '../lib/health/contract.ts';
import { getDocsContract, getDocsFileContract, getOpenApiContract } from '../lib/openapi/contract.ts';
import { cancelSyncContract, getSyncContract, listSyncsContract, startSyncContract } from '../lib/sync/contract.ts';

/** A route: API Gateway calls the function for the contract's method and paths. */
export interface Route {
  contract: Endpoint;
  entry: string;
}

/** A queue and the function that works it off. Visibility is 6 × `timeoutSeconds`. */
export interface Consumer {
  entry: string;
  queue: string;
  timeoutSeconds: number;
  batchSize: number;
  /** Deliveries of one message before it goes to the dead letters. */
  maxReceiveCount: number;
}

/** A function that runs at an interval, never twice at once. */
export interface Schedule {
  entry: string;
  rateSeconds: number;
}

export const routes: readonly Route[] = [
  { contract: healthContract, entry: 'health' },
  { contract: getOpenApiContract, entry: 'get-openapi' },
  { contract: getDocsContract, entry: 'get-docs' },
  { contract: getDocsFileContract, entry: 'get-docs-file' },
  { contract: startSyncContract, entry: 'start-sync' },
  { contract: listSyncsContract, entry: 'list-syncs' },
  { contract: getSyncContract, entry: 'get-sync' },
  { contract: cancelSyncContract, entry: 'cancel-sync' },
];

export const consumers: readonly Consumer[] = [
  // A turn is 5 minutes at most; the rest is for its last step to end.
  { entry: 'sync-posts.consumer', queue: 'sync', timeoutSeconds: 330, batchSize: 1, maxReceiveCount: 5 },
];

export const schedules: readonly Schedule[] = [{ entry: 'tick', rateSeconds: 60 }];
