import { describe, expect, test } from '@jest/globals';
import { consumers } from '../functions/routes.ts';
import { synthesize } from './testing/synthesize.ts';
import { asList, ofType, type Properties } from './testing/templates.ts';

interface MetricQuery {
  Id: string;
  Expression?: string;
  MetricStat?: { Metric: { Namespace: string; MetricName: string } };
}

const alarmsOf = async (...stage: Parameters<typeof synthesize>) =>
  new Map(
    ofType((await synthesize(...stage)).templates.watch, 'AWS::CloudWatch::Alarm').map(([, properties]) => [
      (properties.AlarmName as string).replace(/^instagram-(dev|prod)-/, ''),
      properties,
    ]),
  );
const queriesOf = ({ Metrics = [] }: Properties) => Metrics as MetricQuery[];
const dev = await alarmsOf('dev');
const aurora = await alarmsOf('prod', { database: 'aurora', egress: 'ipv6', databaseInstanceType: 'm8g.large' });
const get = (name: string): Properties => {
  const found = dev.get(name);
  if (found === undefined) throw new Error(`no alarm is called ${name}`);
  return found;
};

/** CloudWatch's metric math, as far as our alarms use it: a metric without data is null, and so is a sum with it. */
const evaluate = (expression: string, values: Readonly<Record<string, number | null>>): number | null => {
  const FILL = (value: number | null, instead: number) => value ?? instead;
  const IF = (condition: boolean, then: number, otherwise: number) => (condition ? then : otherwise);
  const names = Object.keys(values);
  const result: unknown = new Function('FILL', 'IF', ...names, `return ${expression}`)(
    FILL,
    IF,
    ...names.map((name) => values[name]),
  );
  const unfilled = expression.replace(/FILL\(\w+, \d+\)/g, '');
  const missing = names.some((name) => values[name] === null && new RegExp(`\\b${name}\\b`).test(unfilled));
  return missing || typeof result !== 'number' ? null : result;
};
const expressionOf = (name: string) => queriesOf(get(name)).find(({ Expression }) => Expression)?.Expression ?? '';

describe('what alarms add up', () => {
  test('no sum is nothing because one of its parts has no data', () => {
    for (const [name, properties] of dev) {
      for (const { Expression } of queriesOf(properties)) {
        if (Expression === undefined) continue;
        const bare = Expression.replace(/FILL\(\w+, 0\)|SERVICE_QUOTA\(\w+\)|\b(IF|FILL)\b/g, '');
        expect([name, /[a-z]/i.exec(bare)?.[0]]).toEqual([name, undefined]);
      }
    }
  });

  test('errors of a function that was never throttled count, and the other way round', () => {
    const expression = expressionOf('function-failing-tick');
    expect(evaluate(expression, { errors: 3, throttles: null })).toBe(3);
    expect(evaluate(expression, { errors: null, throttles: 2 })).toBe(2);
  });

  test.each([
    [{ requests: 4, failures: 4 }, 100],
    [{ requests: 100, failures: 4 }, 4],
    [{ requests: 7, failures: null }, 0],
    [{ requests: null, failures: null }, 0],
  ])('the rate of failures of %j is %i %%, however few requests there are', (values, percent) => {
    expect(evaluate(expressionOf('api-failing'), values)).toBeCloseTo(percent);
  });

  test('one failed request alone does not raise the alarm of a failing API', () => {
    expect(get('api-failing')).toMatchObject({ EvaluationPeriods: 3, DatapointsToAlarm: 2, Threshold: 5 });
  });
});

describe('what somebody hears of', () => {
  test.each([
    ['messages-failing', 'FailedMessages', 1],
    ['sync-lagging', 'SyncLagSeconds', 26 * 3600],
    ['token-dying', 'DyingTokens', 0],
    ['scheduled-publication-failed', 'FailedScheduledPublications', 0],
    ['database-credits', 'CPUCreditBalance', 30],
    ['database-memory', 'FreeableMemory', 80 * 1024 ** 2],
    ['way-out-blocked-1', 'ErrorPortAllocation', 0],
  ])('%s looks at %s', (name, MetricName, Threshold) => {
    expect(get(name)).toMatchObject({ MetricName, Threshold });
  });

  test('an alarm tells how near the account is to its quota of functions, in percent', () => {
    expect(get('lambda-quota')).toMatchObject({ Threshold: 80 });
    expect(expressionOf('lambda-quota')).toContain('SERVICE_QUOTA(running)');
    expect(queriesOf(get('lambda-quota')).find(({ MetricStat }) => MetricStat)?.MetricStat?.Metric).toMatchObject({
      Namespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
    });
  });

  test('a message that fails is seen at its second try, and not only as a dead letter', () => {
    const fewestTries = Math.min(...consumers.map(({ maxReceiveCount }) => maxReceiveCount));
    const slowestRetry = Math.max(...consumers.map(({ timeoutSeconds }) => 6 * timeoutSeconds));
    expect(get('messages-failing')).toMatchObject({ Period: 3600, EvaluationPeriods: 1 });
    expect(slowestRetry).toBeLessThan(3600);
    expect(get('messages-failing')).toMatchObject({ Threshold: 1 }); // two failures raise it
    expect(fewestTries).toBeGreaterThan(2);
  });

  test('what a stage does not have raises no alarm', () => {
    const absent = ['database-credits', 'database-full', 'way-out-blocked-1'];
    expect(absent.filter((name) => aurora.has(name))).toEqual([]);
    expect(aurora.has('database-memory')).toBe(true);
  });
});

const { watch } = (await synthesize('prod', { alarmEmail: 'on@call.test', ticketEmail: 'desk@office.test' })).templates;

describe('who hears of it', () => {
  const topicOf = (name: string) =>
    asList((get(name).AlarmActions ?? []) as { Ref: string }[]).map(({ Ref }) => Ref.replace(/[0-9A-F]{8}$/, ''));

  test.each(['token-dead', 'api-failing', 'tick-silent-tick', 'scheduled-publication-failed', 'lambda-quota'])(
    '%s cannot wait',
    (name) => {
      expect(topicOf(name)).toEqual(['AlarmTopic']);
    },
  );

  test.each(['token-dying', 'sync-lagging', 'messages-failing', 'database-credits', 'clients-throttled'])(
    '%s is for the next working day',
    (name) => {
      expect(topicOf(name)).toEqual(['TicketTopic']);
    },
  );

  test('each topic of alarms has a reader of its own', () => {
    const readers = ofType(watch, 'AWS::SNS::Subscription').map(([, { Endpoint, TopicArn }]) => [
      (TopicArn as { Ref: string }).Ref.replace(/[0-9A-F]{8}$/, ''),
      Endpoint,
    ]);
    expect(readers).toEqual([
      ['AlarmTopic', 'on@call.test'],
      ['TicketTopic', 'desk@office.test'],
    ]);
  });
});
