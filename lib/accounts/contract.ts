import { z } from 'zod';
import {
  accountParamSchema,
  cursorSchema,
  endpoint,
  ifMatchSchema,
  limitSchema,
  pageOf,
  switchParamSchema,
  syncIncludeSchema,
} from '../contract.ts';
import { isPrincipal } from '../principal.ts';
import { accountSchema, grantSchema, intervalMinutesSchema, roleSchema } from './schema.ts';

const paramsSchema = z.object({ id: accountParamSchema });
const grantParamsSchema = z.object({
  id: accountParamSchema,
  principal: z.string().refine(isPrincipal, 'must be the name of a caller').meta({
    description: "Percent-encoded: a token's `sub`, `client:<client_id>` of one without `sub`, or `*`: everybody",
    example: 'client%3Areporting',
  }),
});
const pageQuerySchema = z.object({ limit: limitSchema, cursor: cursorSchema.optional() });

export const listAccountsContract = endpoint({
  method: 'GET',
  path: '/accounts',
  operationId: 'listAccounts',
  summary: 'The accounts that you may see, those connected last first',
  tags: ['accounts'],
  scope: 'accounts:read',
  request: z.object({ query: pageQuerySchema }),
  responses: { 200: pageOf(accountSchema) },
  problems: ['invalid_cursor', 'database_unavailable'],
});

export const getAccountContract = endpoint({
  method: 'GET',
  path: '/accounts/{id}',
  operationId: 'getAccount',
  summary: 'One account: its token, what it may do, its syncs',
  tags: ['accounts'],
  scope: 'accounts:read',
  request: z.object({ params: paramsSchema }),
  responses: { 200: accountSchema },
  problems: ['account_not_found', 'database_unavailable'],
});

export const updateAccountContract = endpoint({
  method: 'PATCH',
  path: '/accounts/{id}',
  operationId: 'updateAccount',
  summary: 'Pause an account or go on with it; change how often it is synced, and what with',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({
    params: paramsSchema,
    headers: z.object({ 'if-match': ifMatchSchema }),
    body: z
      .strictObject({
        status: z.enum(['active', 'paused']).optional(),
        sync: z
          .strictObject({
            interval_minutes: intervalMinutesSchema.optional(),
            include: z.array(syncIncludeSchema).max(10).optional(),
          })
          .optional(),
        archive: z.enum(['none', 'images', 'all']).optional().meta({ description: 'Not in this version: `409`' }),
      })
      .meta({ id: 'UpdateAccount', example: { sync: { interval_minutes: 30, include: ['comments'] } } }),
  }),
  responses: { 200: accountSchema },
  problems: ['account_not_found', 'account_disconnected', 'not_available', 'changed_meanwhile', 'database_unavailable'],
});

export const deleteAccountContract = endpoint({
  method: 'DELETE',
  path: '/accounts/{id}',
  operationId: 'deleteAccount',
  summary: 'Disconnect an account: its work stops, its token is forgotten, what is stored stays readable',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({
    params: paramsSchema,
    query: z.object({ erase: switchParamSchema.meta({ description: 'Not in this version: `true` is `409`' }) }),
  }),
  responses: { 202: accountSchema },
  problems: ['account_not_found', 'account_shared', 'not_available', 'database_unavailable'],
});

export const listGrantsContract = endpoint({
  method: 'GET',
  path: '/accounts/{id}/grants',
  operationId: 'listGrants',
  summary: 'Who may see an account and act for it, newest first',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({ params: paramsSchema, query: pageQuerySchema }),
  responses: { 200: pageOf(grantSchema) },
  problems: ['invalid_cursor', 'account_not_found', 'database_unavailable'],
});

export const getGrantContract = endpoint({
  method: 'GET',
  path: '/accounts/{id}/grants/{principal}',
  operationId: 'getGrant',
  summary: 'What somebody is granted',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({ params: grantParamsSchema }),
  responses: { 200: grantSchema },
  problems: ['account_not_found', 'grant_not_found', 'database_unavailable'],
});

export const putGrantContract = endpoint({
  method: 'PUT',
  path: '/accounts/{id}/grants/{principal}',
  operationId: 'putGrant',
  summary: 'Grant an account to somebody, or change a role; for owners',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({
    params: grantParamsSchema,
    body: z.strictObject({ role: roleSchema.default('member') }).meta({ id: 'PutGrant', example: { role: 'member' } }),
  }),
  responses: { 200: grantSchema, 201: grantSchema },
  problems: ['account_not_found', 'grant_not_found', 'owner_required', 'last_owner', 'database_unavailable'],
});

export const deleteGrantContract = endpoint({
  method: 'DELETE',
  path: '/accounts/{id}/grants/{principal}',
  operationId: 'deleteGrant',
  summary: 'Take a grant away: an owner that of others, everybody their own',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({ params: grantParamsSchema }),
  responses: { 204: z.undefined() },
  problems: ['account_not_found', 'grant_not_found', 'owner_required', 'last_owner', 'database_unavailable'],
});
