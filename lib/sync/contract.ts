import { z } from 'zod';
import {
  accountIdParamSchema,
  cursorSchema,
  endpoint,
  idParamSchema,
  limitSchema,
  namedAccountSchema,
  pageOf,
  syncIncludeSchema,
} from '../contract.ts';
import { syncModeSchema, syncRunSchema } from './schema.ts';

export const startSyncContract = endpoint({
  method: 'POST',
  path: '/sync',
  operationId: 'startSync',
  summary: "Bring the stored media up to date with Instagram; joins the account's active run when there is one",
  tags: ['sync'],
  scope: 'sync:write',
  request: z.object({
    body: z
      .strictObject({
        account_id: namedAccountSchema,
        mode: syncModeSchema.default('full'),
        include: z
          .array(syncIncludeSchema)
          .max(10)
          .default([])
          .describe(
            'What else to bring up to date: `comments` of every post whose comment count has changed, `insights` of every post whose figures are due',
          ),
        accept_missing: z
          .boolean()
          .default(false)
          .describe(
            'Mark missing posts gone, after asking for each by id, although so many are missing that a run did not (`shrink_guard`)',
          ),
      })
      .meta({ id: 'StartSync', example: { mode: 'full' } }),
  }),
  responses: { 200: syncRunSchema, 202: syncRunSchema },
  longRunning: true,
  problems: [
    'account_not_found',
    'account_ambiguous',
    'account_disconnected',
    'instagram_token_invalid',
    'instagram_permission_missing',
    'instagram_rejected',
    'instagram_error',
    'database_unavailable',
  ],
});

export const listSyncsContract = endpoint({
  method: 'GET',
  path: '/sync',
  operationId: 'listSyncs',
  summary: 'Sync runs, newest first',
  tags: ['sync'],
  scope: 'posts:read',
  request: z.object({
    query: z.object({ account_id: accountIdParamSchema, limit: limitSchema, cursor: cursorSchema.optional() }),
  }),
  responses: { 200: pageOf(syncRunSchema) },
  problems: ['invalid_cursor', 'account_not_found', 'account_ambiguous', 'database_unavailable'],
});

export const getSyncContract = endpoint({
  method: 'GET',
  path: '/sync/{id}',
  operationId: 'getSync',
  summary: 'One sync run with its progress',
  tags: ['sync'],
  scope: 'posts:read',
  request: z.object({ params: z.object({ id: idParamSchema }) }),
  responses: { 200: syncRunSchema },
  problems: ['sync_not_found', 'database_unavailable'],
});

export const cancelSyncContract = endpoint({
  method: 'DELETE',
  path: '/sync/{id}',
  operationId: 'cancelSync',
  summary: 'Stop a run at its next page; what is stored stays',
  tags: ['sync'],
  scope: 'sync:write',
  request: z.object({ params: z.object({ id: idParamSchema }) }),
  responses: { 202: syncRunSchema },
  problems: ['sync_not_found', 'run_finished', 'database_unavailable'],
});
