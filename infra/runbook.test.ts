import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { METRICS, METRICS_NAMESPACE } from '../lib/metric-names.ts';
import { synthesize } from './testing/synthesize.ts';
import { ofType } from './testing/templates.ts';

const runbook = readFileSync(new URL('../docs/runbook.md', import.meta.url), 'utf8');
/** Sections by their anchors, as GitHub makes them of headings. */
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...body] = section.split('\n');
      return [heading.trim().toLowerCase().replaceAll(' ', '-'), body.join('\n')] as const;
    }),
);
const NOT_OF_AN_ALARM = ['when-there-is-no-alarm'];

const alarmsOf = async (...stage: Parameters<typeof synthesize>) =>
  ofType((await synthesize(...stage)).templates.watch, 'AWS::CloudWatch::Alarm').map(([, properties]) => ({
    name: properties.AlarmName as string,
    description: properties.AlarmDescription as string,
    metrics: JSON.stringify(properties),
  }));
const alarms = [...(await alarmsOf('dev')), ...(await alarmsOf('prod', { database: 'aurora' }))];
const anchorOf = ({ description }: { description: string }) =>
  /docs\/runbook\.md#([a-z-]+)$/.exec(description)?.[1] ?? '';

test('every alarm says where to read what to do, and there it is said', () => {
  for (const alarm of alarms) {
    const section = sections.get(anchorOf(alarm));
    expect([alarm.name, section !== undefined]).toEqual([alarm.name, true]);
    for (const part of ['**Means.**', '**Look.**', '**Fix.**']) expect(section).toContain(part);
  }
});

test('no section is about an alarm that no longer exists', () => {
  const anchors = new Set(alarms.map(anchorOf));
  expect([...sections.keys()].filter((anchor) => !anchors.has(anchor))).toEqual(NOT_OF_AN_ALARM);
});

test('an alarm is found in the runbook by its name, and speaks of people in whole sentences', () => {
  for (const alarm of alarms) {
    expect(alarm.name).toMatch(new RegExp(`^instagram-(dev|prod)-${anchorOf(alarm)}(-|$)`));
    expect(alarm.description).toMatch(/^[A-Z][^.]{20,}.*[.] What to do: /);
  }
});

test.each([
  'token-dying',
  'sync-not-finishing',
  'write-unknown',
  'dead-letters',
  'api-failing',
  'clients-throttled',
  'database-connections',
  'tick-silent',
  'recursion-stopped',
])('people are woken for %s', (section) => {
  expect(alarms.map(anchorOf)).toContain(section);
});

test('silence of the tick is an alarm, silence of anything else is not', () => {
  const breaching = alarms.filter(({ metrics }) => metrics.includes('"TreatMissingData":"breaching"'));
  expect([...new Set(breaching.map(anchorOf))]).toEqual(['tick-silent']);
});

test('alarms and dashboard look at metrics that exist', async () => {
  const { templates, stage } = await synthesize('prod');
  const ours = [...JSON.stringify(templates.watch).matchAll(/"Namespace":"InstagramService[^"]*"/g)];
  expect(new Set(ours.map(([text]) => text))).toEqual(new Set([`"Namespace":"${METRICS_NAMESPACE}/${stage.name}"`]));
  const watched = ofType(templates.watch, 'AWS::CloudWatch::Alarm').flatMap(([, { Namespace, MetricName }]) =>
    Namespace === `${METRICS_NAMESPACE}/${stage.name}` ? [MetricName as string] : [],
  );
  const fromAccessLog = ['ClientsTurnedAway', 'UnansweredRequests'];
  expect(watched.filter((name) => !(name in METRICS) && !fromAccessLog.includes(name))).toEqual([]);
});

test('the runbook names the commands for freezing and restoring as they are, and no loop in a shell', () => {
  const commands = [...runbook.matchAll(/npm run ops -- (\w+) --stage \$STAGE( --\w+)?/g)].map(([, ...words]) =>
    words.filter(Boolean).join(''),
  );
  expect(new Set(commands)).toEqual(new Set(['freeze', 'unfreeze', 'restore --time', 'restore --deployed']));
  expect(runbook).not.toMatch(/^ *for \w+ in .*; do$|put-function-concurrency/m);
});
