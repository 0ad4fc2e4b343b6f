import { z } from 'zod';
import { endpoint } from '../contract.ts';

/** Whether the service can do its work; asked by load balancers, containers and people. */
export const healthContract = endpoint({
  method: 'GET',
  path: '/health',
  operationId: 'getHealth',
  summary: 'Whether the service and its database answer',
  tags: ['service'],
  scope: null,
  request: z.object({}),
  responses: {
    200: z
      .object({
        status: z.literal('ok'),
        database: z.literal('ok'),
        version: z.string().meta({ description: 'Of the deployed code', example: '0.1.0' }),
      })
      .meta({ id: 'Health' }),
  },
  problems: ['database_unavailable'],
});
