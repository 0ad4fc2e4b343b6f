import { expect, test } from '@jest/globals';
import { embedMetrics, metricsOfEvent } from './metrics.ts';

test('a log line carries its metrics as CloudWatch reads them', () => {
  expect(
    embedMetrics({ DeadTokens: 2, SyncLagSeconds: 61.5 }, { namespace: 'InstagramService/test', now: 1_700 }),
  ).toEqual({
    _aws: {
      Timestamp: 1_700,
      CloudWatchMetrics: [
        {
          Namespace: 'InstagramService/test',
          Dimensions: [['service']],
          Metrics: [
            { Name: 'DeadTokens', Unit: 'Count' },
            { Name: 'SyncLagSeconds', Unit: 'Seconds' },
          ],
        },
      ],
    },
    DeadTokens: 2,
    SyncLagSeconds: 61.5,
  });
});

test('an event that is counted is a metric, told apart by a field of its line', () => {
  expect(metricsOfEvent('instagram_call', 'InstagramService/test')).toMatchObject({
    _aws: {
      CloudWatchMetrics: [{ Dimensions: [['service', 'kind']], Metrics: [{ Name: 'GraphCalls', Unit: 'Count' }] }],
    },
    GraphCalls: 1,
  });
  expect(metricsOfEvent('scheduled_publication_failed', 'InstagramService/test')).toMatchObject({
    FailedScheduledPublications: 1,
  });
  expect(metricsOfEvent('sync_parked', 'InstagramService/test')).toMatchObject({ FailedSyncs: 1, ParkedWork: 1 });
});

test.each(['request_started', 'constructor', undefined, 5])('nothing is counted for %s', (event) => {
  expect(metricsOfEvent(event, 'InstagramService/test')).toEqual({});
});

test('without a namespace, as on any other machine, log lines are only log lines', () => {
  expect(embedMetrics({ DeadTokens: 2 })).toEqual({});
  expect(metricsOfEvent('sync_failed')).toEqual({});
});
