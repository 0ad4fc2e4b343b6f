import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Synthesis, synthesize } from './testing/synthesize.ts';
import { allOfType, functionsOf, ofType, type Properties, statementsOf, variablesOf } from './testing/templates.ts';

/** What of a synthesis depends on which server the database is, each by a name that both syntheses share. */
const dependents = (synthesis: Synthesis): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [name, properties] of functionsOf(synthesis)) {
    const url = variablesOf(properties).DATABASE_URL;
    if (url !== undefined) found.set(`function ${name}`, JSON.stringify(url));
  }
  for (const [id, { PolicyDocument }] of allOfType(synthesis, 'AWS::IAM::Policy')) {
    const logins = statementsOf(PolicyDocument).filter(({ Action }) => Action === 'rds-db:connect');
    if (logins.length > 0) found.set(`policy ${id}`, JSON.stringify(logins));
  }
  const isOfRds = (properties: Properties) => JSON.stringify(properties).includes('"AWS/RDS"');
  for (const [, properties] of ofType(synthesis.templates.watch, 'AWS::CloudWatch::Alarm').filter(([, it]) =>
    isOfRds(it),
  ))
    found.set(`alarm ${properties.AlarmName}`, JSON.stringify(properties));
  const [[, dashboard] = []] = ofType(synthesis.templates.watch, 'AWS::CloudWatch::Dashboard');
  found.set('dashboard', JSON.stringify(dashboard));
  return found;
};

describe.each(['instance', 'aurora'])('a restored database (%s)', (database) => {
  let before: ReturnType<typeof dependents>;
  let restored: typeof before;
  let again: typeof before;
  beforeAll(async () => {
    before = dependents(await synthesize('prod', { database }));
    restored = dependents(await synthesize('prod', { database, databaseSnapshot: 'restored' }));
    again = dependents(await synthesize('prod', { database, databaseSnapshot: 'restored-again' }));
  });

  test('reaches every function, login, alarm and graph: none looks as it did, or CloudFormation would skip it', () => {
    expect(before.size).toBeGreaterThan(30);
    expect([...restored.keys()].sort()).toEqual([...before.keys()].sort());
    expect([...before].filter(([name, text]) => restored.get(name) === text)).toEqual([]);
  });

  test('the next restore of a database reaches every function, too', () => {
    expect([...restored].filter(([name, text]) => again.get(name) === text)).toEqual([]);
  });
});
