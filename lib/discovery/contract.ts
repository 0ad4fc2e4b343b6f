import { z } from 'zod';
import { accountIdParamSchema, endpoint, INSTAGRAM_PROBLEMS } from '../contract.ts';
import type { ErrorCode } from '../errors.ts';
import { instagramAccountSchema, userPageSchema, wholeListOf } from './schema.ts';

const problems = ['account_not_found', 'account_ambiguous', ...INSTAGRAM_PROBLEMS] as const satisfies ErrorCode[];

export const listUserPagesContract = endpoint({
  method: 'GET',
  path: '/instagram/user_pages',
  operationId: 'listUserPages',
  summary: 'Facebook Login: the pages the token sees, all of them; an empty list says why',
  tags: ['discovery'],
  scope: 'accounts:read',
  request: z.object({ query: z.object({ account_id: accountIdParamSchema }) }),
  responses: { 200: wholeListOf(userPageSchema) },
  problems,
});

export const listInstagramAccountsContract = endpoint({
  method: 'GET',
  path: '/instagram/account',
  operationId: 'listInstagramAccounts',
  summary: 'The Instagram professional accounts behind those pages; an empty list says why',
  tags: ['discovery'],
  scope: 'accounts:read',
  request: z.object({
    query: z.object({
      account_id: accountIdParamSchema,
      page_id: z
        .string()
        .regex(/^[0-9]{1,32}$/, 'must be the id of a page: digits')
        .optional(),
    }),
  }),
  responses: { 200: wholeListOf(instagramAccountSchema) },
  problems: ['not_found', ...problems],
});
