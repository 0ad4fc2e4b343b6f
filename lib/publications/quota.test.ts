import { expect, test } from '@jest/globals';
import { findQuotaReached, type QuotaReached } from './quota.ts';
import type { QuotaUse } from './repository.ts';

const NONE: QuotaUse = {
  published: 0,
  lately: 0,
  reserved: 0,
  containers: 0,
  containers_reserved: 0,
  published_leaves_in: null,
  container_leaves_in: null,
};
const limit = (quota_usage: number, quota_total: number | null = 100) => ({
  quota_usage,
  quota_total,
  quota_duration: 86_400,
});

const published = (waitSeconds: number): QuotaReached => ({ quota: 'publications', waitSeconds });
const containers = (waitSeconds: number): QuotaReached => ({ quota: 'containers', waitSeconds });

test.each<[string, Parameters<typeof findQuotaReached>[0], Partial<QuotaUse>, number, QuotaReached | null]>([
  ['there is room', limit(99), {}, 1, null],
  ['Instagram says that there is none', limit(100), {}, 1, published(3_600)],
  ['the last place is reserved', limit(99), { reserved: 1 }, 1, published(3_600)],
  [
    'Instagram’s figure lags: a burst of ours',
    limit(0),
    { published: 60, lately: 60, reserved: 40, published_leaves_in: 90 },
    1,
    published(90),
  ],
  ['others have published, and we since', limit(98), { published: 2, lately: 2 }, 1, published(3_600)],
  ['ours of today are in its figure', limit(99), { published: 99 }, 1, null],
  ['Instagram does not say', null, { published: 500, reserved: 500 }, 1, null],
  ['Instagram does not say how many', limit(3, null), { published: 500 }, 1, null],
  ['the last container', limit(0), { containers: 399 }, 1, null],
  ['too many containers, for an album', limit(0), { containers: 395, container_leaves_in: 700 }, 6, containers(700)],
  [
    'too many containers that are still to be made',
    null,
    { containers: 300, containers_reserved: 100 },
    1,
    containers(3_600),
  ],
])('%s', (_, stated, use, needed, reached) => {
  expect(findQuotaReached(stated, { ...NONE, ...use }, needed)).toEqual(reached);
});
