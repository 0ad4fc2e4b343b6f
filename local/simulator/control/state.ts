import { z } from 'zod';
import type { ControlRoute } from './route.ts';
import { describeScenario } from './scenarios.ts';

const latencySchema = z.strictObject({ ms: z.int().min(0).max(600_000) });

const tokenSchema = z.strictObject({
  login: z.enum(['instagram', 'facebook']),
  account_id: z.string().optional(),
  value: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  /** Seconds from now, negative for one that has expired; left out: never. */
  expires_in: z.int().optional(),
});

const accountSchema = z.strictObject({
  username: z.string().min(1).optional(),
  name: z.string().optional(),
  media: z.int().min(0).optional(),
});

/** State as a whole, and what concerns all of it. */
export const stateRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/',
    answer: (_, { world, scenarios, calls, latencyMs }) => ({
      body: {
        accounts: world.accounts().map(({ id, username, page }) => ({
          id,
          username,
          page_id: page.id,
          media_count: world.mediaCount(id),
          tokens: world.tokens.list().filter(({ accountId }) => accountId === id),
        })),
        latency_ms: latencyMs(),
        calls: calls.counts(),
        scenarios: scenarios.list().map(describeScenario),
        controls: [
          '/calls',
          '/media',
          '/media/{id}',
          '/media/{id}/comments',
          '/comments/{id}',
          '/containers',
          '/quota',
          '/scenarios',
          '/latency',
          '/tokens',
          '/accounts',
          '/reset',
        ].map((path) => `/_simulator${path}`),
      },
    }),
  },
  {
    method: 'POST',
    path: '/reset',
    answer: (_, { reset }) => {
      reset();
      return { body: { reset: true } };
    },
  },
  {
    method: 'PUT',
    path: '/latency',
    answer: ({ body }, { setLatency }) => {
      const { ms } = latencySchema.parse(body);
      setLatency(ms);
      return { body: { latency_ms: ms } };
    },
  },
  {
    method: 'POST',
    path: '/tokens',
    answer: ({ body }, { world }) => {
      const { login, account_id: accountId = world.account().id, value, scopes, expires_in } = tokenSchema.parse(body);
      const token = world.tokens.grant({
        login,
        accountId,
        ...(value !== undefined && { value }),
        ...(scopes !== undefined && { scopes }),
        expires_at: expires_in === undefined ? null : Math.floor(world.now() / 1000) + expires_in,
      });
      return { status: 201, body: token };
    },
  },
  {
    method: 'POST',
    path: '/accounts',
    answer: ({ body }, { world }) => {
      const { username, name, media } = accountSchema.parse(body);
      const account = world.addAccount({
        media,
        ...(username !== undefined && { username }),
        ...(name !== undefined && { name }),
      });
      const tokens = world.tokens.list().filter(({ accountId }) => accountId === account.id);
      return { status: 201, body: { ...account, tokens } };
    },
  },
];
