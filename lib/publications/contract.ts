import { z } from 'zod';
import {
  accountIdParamSchema,
  cursorSchema,
  endpoint,
  INSTAGRAM_PROBLEMS,
  idempotencyKeySchema,
  idParamSchema,
  limitSchema,
  pageOf,
} from '../contract.ts';
import { newPublicationSchema } from './request.ts';
import { publicationSchema, publishingLimitSchema } from './schema.ts';

const ACCOUNT_PROBLEMS = ['account_not_found', 'account_ambiguous'] as const;

export const createPublicationContract = endpoint({
  method: 'POST',
  path: '/publications',
  aliases: ['/instagram/images'],
  operationId: 'createPublication',
  summary: 'Publish an image, reel, story or carousel on Instagram, now or later',
  tags: ['publications'],
  scope: 'publish:write',
  request: z.object({
    headers: z.object({ 'idempotency-key': idempotencyKeySchema.optional() }),
    body: newPublicationSchema,
  }),
  responses: { 201: publicationSchema, 202: publicationSchema },
  longRunning: true,
  problems: [
    ...ACCOUNT_PROBLEMS,
    'upload_not_found',
    'upload_expired',
    'idempotency_in_progress',
    'idempotency_key_reused',
    'instagram_rejected',
    'publishing_limit_reached',
    'writes_blocked',
    'outcome_unknown',
    ...INSTAGRAM_PROBLEMS,
  ],
});

export const listPublicationsContract = endpoint({
  method: 'GET',
  path: '/publications',
  operationId: 'listPublications',
  summary: 'Publications, newest first',
  tags: ['publications'],
  scope: 'posts:read',
  request: z.object({
    query: z.object({ account_id: accountIdParamSchema, limit: limitSchema, cursor: cursorSchema.optional() }),
  }),
  responses: { 200: pageOf(publicationSchema) },
  problems: ['invalid_cursor', ...ACCOUNT_PROBLEMS, 'database_unavailable'],
});

export const getPublicationContract = endpoint({
  method: 'GET',
  path: '/publications/{id}',
  operationId: 'getPublication',
  summary: 'One publication: where it stands, and what is in its way',
  tags: ['publications'],
  scope: 'posts:read',
  request: z.object({ params: z.object({ id: idParamSchema }) }),
  responses: { 200: publicationSchema },
  problems: ['publication_not_found', 'database_unavailable'],
});

export const cancelPublicationContract = endpoint({
  method: 'DELETE',
  path: '/publications/{id}',
  operationId: 'cancelPublication',
  summary: 'Cancel a publication that is scheduled or queued',
  tags: ['publications'],
  scope: 'publish:write',
  request: z.object({ params: z.object({ id: idParamSchema }) }),
  responses: { 200: publicationSchema },
  problems: ['publication_not_found', 'publication_not_cancellable', 'database_unavailable'],
});

export const getPublishingLimitContract = endpoint({
  method: 'GET',
  path: '/instagram/publishing_limit',
  operationId: 'getPublishingLimit',
  summary: 'How many media Instagram lets the account publish, and how many it has',
  tags: ['publications'],
  scope: 'posts:read',
  request: z.object({ query: z.object({ account_id: accountIdParamSchema }) }),
  responses: { 200: publishingLimitSchema },
  problems: [...ACCOUNT_PROBLEMS, ...INSTAGRAM_PROBLEMS],
});
