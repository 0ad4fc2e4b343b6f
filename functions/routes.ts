/**
 * The one registry of functions: which one answers which contract, handles which queue, or runs at which interval. API
 * Gateway's routes, the local platform and `openapi.json` are made from it. `entry` names a file here: `functions/<entry>.ts`.
 */
import {
  deleteAccountContract,
  deleteGrantContract,
  getAccountContract,
  getGrantContract,
  listAccountsContract,
  listGrantsContract,
  putGrantContract,
  updateAccountContract,
} from '../lib/accounts/contract.ts';
import { verifyTokenContract } from '../lib/auth/contract.ts';
import {
  createCommentContract,
  createReplyContract,
  deleteCommentContract,
  getCommentContract,
  listCommentsContract,
  updateCommentContract,
  updatePostContract,
} from '../lib/comments/contract.ts';
import { createAccountContract } from '../lib/connecting/contract.ts';
import type { Endpoint } from '../lib/contract.ts';
import { listInstagramAccountsContract, listUserPagesContract } from '../lib/discovery/contract.ts';
import { getAccountSeriesContract } from '../lib/figures/contract.ts';
import { healthContract } from '../lib/health/contract.ts';
import {
  getAccountInsightsContract,
  getMediaInsightsContract,
  getPostInsightsContract,
} from '../lib/insights/contract.ts';
import {
  getDocsContract,
  getDocsFileContract,
  getOpenApiContract,
  getProblemPageContract,
  listProblemsContract,
} from '../lib/openapi/contract.ts';
import { getPostContract, listPostsContract } from '../lib/posts/contract.ts';
import {
  cancelPublicationContract,
  createPublicationContract,
  getPublicationContract,
  getPublishingLimitContract,
  listPublicationsContract,
} from '../lib/publications/contract.ts';
import { cancelSyncContract, getSyncContract, listSyncsContract, startSyncContract } from '../lib/sync/contract.ts';
import { createUploadContract, uploadImageContract } from '../lib/uploads/contract.ts';

/**
 * What a function reaches beside its own log. On AWS it gets exactly the variables, permissions and network access for it.
 * `instagram`: Graph calls, with stored tokens and the Meta app's secret. `<queue>-queue`: sending to that queue.
 */
export type Resource = 'database' | 'instagram' | 'uploads' | `${string}-queue`;

/** A route: API Gateway calls the function for the contract's method and paths. */
export interface Route {
  contract: Endpoint;
  entry: string;
  uses: readonly Resource[];
  /** Asked by people now and then, never by programs in a loop: it gets few executions at once, and few connections. */
  rare?: true;
}

/** A queue and the function that handles its messages. The visibility timeout is 6 × `timeoutSeconds`. */
export interface Consumer {
  entry: string;
  uses: readonly Resource[];
  queue: string;
  timeoutSeconds: number;
  batchSize: number;
  /** Deliveries of one message before it goes to the dead letters. */
  maxReceiveCount: number;
}

/** A function that runs at an interval, never twice at once. */
export interface Schedule {
  entry: string;
  uses: readonly Resource[];
  rateSeconds: number;
}

export const routes: readonly Route[] = [
  { contract: healthContract, entry: 'health', uses: ['database'] },
  { contract: getOpenApiContract, entry: 'get-openapi', uses: [] },
  { contract: getDocsContract, entry: 'get-docs', uses: [] },
  { contract: getDocsFileContract, entry: 'get-docs-file', uses: [] },
  { contract: listProblemsContract, entry: 'list-problems', uses: [] },
  { contract: getProblemPageContract, entry: 'get-problem-page', uses: [] },
  { contract: startSyncContract, entry: 'start-sync', uses: ['database', 'instagram', 'sync-queue'] },
  { contract: listSyncsContract, entry: 'list-syncs', uses: ['database'] },
  { contract: getSyncContract, entry: 'get-sync', uses: ['database'] },
  { contract: cancelSyncContract, entry: 'cancel-sync', uses: ['database'], rare: true },
  { contract: listPostsContract, entry: 'list-posts', uses: ['database'] },
  { contract: getPostContract, entry: 'get-post', uses: ['database'] },
  { contract: updatePostContract, entry: 'update-post', uses: ['database', 'instagram'] },
  { contract: createCommentContract, entry: 'create-comment', uses: ['database', 'instagram'] },
  { contract: listCommentsContract, entry: 'list-comments', uses: ['database'] },
  { contract: createReplyContract, entry: 'create-reply', uses: ['database', 'instagram'] },
  { contract: getCommentContract, entry: 'get-comment', uses: ['database'] },
  { contract: updateCommentContract, entry: 'update-comment', uses: ['database', 'instagram'] },
  { contract: deleteCommentContract, entry: 'delete-comment', uses: ['database', 'instagram'] },
  {
    contract: createPublicationContract,
    entry: 'create-publication',
    uses: ['database', 'instagram', 'uploads', 'publications-queue'],
  },
  { contract: listPublicationsContract, entry: 'list-publications', uses: ['database'] },
  { contract: getPublicationContract, entry: 'get-publication', uses: ['database'] },
  { contract: cancelPublicationContract, entry: 'cancel-publication', uses: ['database'], rare: true },
  { contract: getPublishingLimitContract, entry: 'get-publishing-limit', uses: ['database', 'instagram'], rare: true },
  { contract: verifyTokenContract, entry: 'verify-token', uses: ['database', 'instagram'], rare: true },
  { contract: listUserPagesContract, entry: 'list-user-pages', uses: ['database', 'instagram'], rare: true },
  {
    contract: listInstagramAccountsContract,
    entry: 'list-instagram-accounts',
    uses: ['database', 'instagram'],
    rare: true,
  },
  { contract: listAccountsContract, entry: 'list-accounts', uses: ['database'] },
  { contract: getAccountContract, entry: 'get-account', uses: ['database'] },
  { contract: createAccountContract, entry: 'create-account', uses: ['database', 'instagram'], rare: true },
  { contract: updateAccountContract, entry: 'update-account', uses: ['database'], rare: true },
  { contract: deleteAccountContract, entry: 'delete-account', uses: ['database'], rare: true },
  { contract: listGrantsContract, entry: 'list-grants', uses: ['database'], rare: true },
  { contract: getGrantContract, entry: 'get-grant', uses: ['database'], rare: true },
  { contract: putGrantContract, entry: 'put-grant', uses: ['database'], rare: true },
  { contract: deleteGrantContract, entry: 'delete-grant', uses: ['database'], rare: true },
  { contract: uploadImageContract, entry: 'upload-image', uses: ['database', 'uploads'] },
  { contract: createUploadContract, entry: 'create-upload', uses: ['database', 'uploads'] },
  { contract: getPostInsightsContract, entry: 'get-post-insights', uses: ['database', 'instagram'] },
  { contract: getMediaInsightsContract, entry: 'get-media-insights', uses: ['database', 'instagram'] },
  { contract: getAccountSeriesContract, entry: 'get-account-series', uses: ['database'], rare: true },
  { contract: getAccountInsightsContract, entry: 'get-account-insights', uses: ['database', 'instagram'], rare: true },
];

export const consumers: readonly Consumer[] = [
  // A turn lasts 5 minutes at most. The remaining time is for its last step.
  {
    entry: 'sync-posts.consumer',
    uses: ['database', 'instagram', 'sync-queue'],
    queue: 'sync',
    timeoutSeconds: 330,
    batchSize: 1,
    maxReceiveCount: 5,
  },
  // A read-back is a few calls. What is not found out in this turn is due again in another one.
  {
    entry: 'settle-intents.consumer',
    uses: ['database', 'instagram'],
    queue: 'intents',
    timeoutSeconds: 60,
    batchSize: 1,
    maxReceiveCount: 5,
  },
  // Waiting for Instagram happens between turns. One turn makes up to eleven containers.
  {
    entry: 'publish.consumer',
    uses: ['database', 'instagram', 'uploads', 'publications-queue'],
    queue: 'publications',
    timeoutSeconds: 120,
    batchSize: 1,
    maxReceiveCount: 5,
  },
  // A few calls at most: what takes longer it only begins.
  {
    entry: 'run-account-task.consumer',
    uses: ['database', 'instagram', 'sync-queue', 'accounts-queue'],
    queue: 'accounts',
    timeoutSeconds: 60,
    batchSize: 1,
    maxReceiveCount: 5,
  },
];

export const schedules: readonly Schedule[] = [
  {
    entry: 'tick',
    uses: ['database', 'sync-queue', 'intents-queue', 'publications-queue', 'accounts-queue'],
    rateSeconds: 60,
  },
];
