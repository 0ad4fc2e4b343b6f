import { expect, test } from '@jest/globals';
import { chooseMetrics, isRefusedForAll, METRIC_NAMES, METRICS, metricsOf, SURFACES, surfaceOf } from './catalogue.ts';

test.each([
  ['IMAGE', 'FEED', 'FEED'],
  ['CAROUSEL_ALBUM', 'FEED', 'FEED'],
  ['IMAGE', null, 'FEED'],
  ['VIDEO', 'REELS', 'REELS'],
  ['VIDEO', null, 'REELS'],
  ['VIDEO', 'FEED', 'FEED_VIDEO'],
  ['IMAGE', 'STORY', 'STORY'],
  ['VIDEO', 'STORY', 'STORY'],
  ['IMAGE', 'AD', 'FEED'],
  ['HOLOGRAM', 'UNHEARD_OF', 'FEED'],
])('%s / %s is measured as %s', (media_type, media_product_type, surface) => {
  expect(surfaceOf({ media_type, media_product_type })).toBe(surface);
});

test('every surface has metrics for both logins, and no name twice', () => {
  for (const surface of SURFACES) {
    expect(metricsOf(surface, 'instagram').length).toBeGreaterThan(4);
    expect(metricsOf(surface, 'facebook').length).toBeGreaterThanOrEqual(metricsOf(surface, 'instagram').length);
  }
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

test('Instagram Login is not asked for metrics that only Facebook Login has', () => {
  expect(metricsOf('FEED', 'instagram')).not.toContain('total_views');
  expect(metricsOf('FEED', 'facebook')).toContain('total_views');
});

test('metrics that fail for media not shared to Facebook are asked for only by name', () => {
  expect(metricsOf('REELS', 'facebook')).not.toContain('crossposted_views');
  expect(chooseMetrics(['crossposted_views'], { surface: 'REELS', login: 'instagram' }).metrics).toEqual([
    'crossposted_views',
  ]);
  expect(isRefusedForAll('crossposted_views')).toBe(false);
  expect(isRefusedForAll('reach')).toBe(true);
});

test('a retired name is replaced by its successor, which is asked for once', () => {
  expect(chooseMetrics(['impressions', 'plays', 'views', 'reach'], { surface: 'REELS', login: 'instagram' })).toEqual({
    metrics: ['views', 'reach'],
    replaced: { impressions: 'views', plays: 'views' },
    unavailable: [],
  });
});

test('a name without a successor, or of another kind of object, is unavailable', () => {
  expect(
    chooseMetrics(['clips_replays_count', 'taps_back', 'link_clicks'], { surface: 'FEED', login: 'facebook' }),
  ).toEqual({
    metrics: [],
    replaced: {},
    unavailable: [
      { metric: 'clips_replays_count', reason: 'retired' },
      { metric: 'taps_back', reason: 'not_for_this' },
      { metric: 'link_clicks', reason: 'not_for_this' },
    ],
  });
});

test('names of JavaScript object members are no metrics', () => {
  expect(METRIC_NAMES.has('constructor')).toBe(false);
  expect(chooseMetrics(['constructor'], { surface: 'FEED', login: 'facebook' }).metrics).toEqual([]);
});
