import { z } from 'zod';
import type { ControlRoute } from './route.ts';

const quotaSchema = z.strictObject({
  total: z.int().min(0).optional(),
  durationSeconds: z.int().min(1).optional(),
  usedElsewhere: z.int().min(0).optional(),
  lagMs: z.int().min(0).optional(),
});

/** What is about to be published by the first account, or by `?account_id=`, and how much of it may be. */
export const publishingRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/containers',
    answer: ({ query }, { world }) => {
      const accountId = query.get('account_id') ?? world.account().id;
      const containers = world.containers
        .list(accountId)
        .map((container) => ({ ...container, ...world.containers.statusOf(container) }));
      return { body: { quota: world.containers.quota(accountId), containers } };
    },
  },
  {
    method: 'PUT',
    path: '/quota',
    answer: ({ query, body }, { world }) => {
      const given = Object.entries(quotaSchema.parse(body)).filter(([, value]) => value !== undefined);
      const accountId = query.get('account_id') ?? world.account().id;
      return { body: world.containers.setQuota(accountId, Object.fromEntries(given)) };
    },
  },
];
