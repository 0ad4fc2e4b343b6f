import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Synthesis, synthesize } from './testing/synthesize.ts';
import { ofType, theOnly } from './testing/templates.ts';

describe('what a stage may be', () => {
  test('a database that could not take all connections stops the synthesis', async () => {
    await expect(synthesize('prod', { endpointConcurrency: '500' })).rejects.toThrow(
      /functions and workers may open \d+ connections, the database takes 400/,
    );
  });

  test.each([
    ['nosuch', {}, /-c stage=<name> must be one of cdk\.json's: dev, prod/],
    ['dev', { egress: 'carrier-pigeon' }, /^Stage dev: egress: must be nat or ipv6$/],
    ['dev', { proxy: 'maybe' }, /^Stage dev: proxy: must be true or false$/],
    ['dev', { issuer: 'http://issuer.test' }, /^Stage dev: issuer: must be an https URL$/],
    ['dev', { issuer: 'https://issuer.test' }, /^Stage dev: audience: must be given with issuer/],
    ['dev', { availabilityZones: 'eu-central-1a' }, /^Stage dev: availabilityZones: must name two zones or more/],
    [
      'dev',
      { region: 'us-east-1' },
      /^Stage dev: availabilityZones: eu-central-1a, eu-central-1b is not in region us-/,
    ],
    ['dev', { databaseVersion: '18' }, /^Stage dev: databaseVersion: must be a minor version of PostgreSQL 18/],
    ['dev', { domainName: 'api.test.example' }, /^Stage dev: domainName and certificateArn: must be given together$/],
  ])('%s %j is refused in one line', async (name, overrides, message) => {
    await expect(synthesize(name, overrides)).rejects.toThrow(message);
  });

  test.each(['issuer', 'audience', 'alarmEmail', 'ticketEmail', 'databaseSnapshot', 'databaseVersion', 'account'])(
    '-c %s is refused: the next deployment would not have it',
    async (setting) => {
      await expect(synthesize('dev', {}, { context: { [setting]: 'anything' } })).rejects.toThrow(
        `Stage dev: ${setting}: belongs into cdk.json, stages.dev, where the next deployment finds it`,
      );
    },
  );

  test('-c changes for one run what the next one may change back', async () => {
    expect((await synthesize('dev', {}, { context: { logLevel: 'info' } })).stage.logLevel).toBe('info');
  });

  test('no account is written down', () => {
    const cdkJson = readFileSync(new URL('../cdk.json', import.meta.url), 'utf8');
    expect(cdkJson).not.toMatch(/\b\d{12}\b/);
  });

  test('no stage goes through RDS Proxy by itself: its login by IAM is unproven', async () => {
    for (const name of ['dev', 'prod']) expect((await synthesize(name)).stage.proxy).toBe(false);
  });
});

describe('what a stage becomes', () => {
  test('a second region has names of its own where names are the world’s, or the account’s', async () => {
    const elsewhere = { region: 'us-east-1', availabilityZones: 'us-east-1a,us-east-1b' };
    const namesIn = ({ templates: { data, watch } }: Synthesis) =>
      JSON.stringify([
        theOnly(data, 'AWS::S3::Bucket').BucketName,
        theOnly(watch, 'AWS::CloudWatch::Dashboard').DashboardName,
      ]);
    expect(namesIn(await synthesize('dev'))).toMatch(/-eu-central-1".*-eu-central-1"/);
    expect(namesIn(await synthesize('dev', elsewhere))).toMatch(/-us-east-1".*-us-east-1"/);
  });

  test.each(['instance', 'aurora'])(
    'the engine of a server (%s) is the version that the stage names',
    async (database) => {
      const { data } = (await synthesize('dev', { database, databaseVersion: '18.4' })).templates;
      const type = database === 'aurora' ? 'AWS::RDS::DBCluster' : 'AWS::RDS::DBInstance';
      expect(theOnly(data, type)).toMatchObject({ EngineVersion: '18.4' });
      for (const [, { AutoMinorVersionUpgrade = false }] of ofType(data, 'AWS::RDS::DBInstance')) {
        expect(AutoMinorVersionUpgrade).toBe(false);
      }
    },
  );

  test('nobody to tell of alarms, and nobody to let in, is said at the synthesis', async () => {
    const warnings = ({ findings }: Synthesis) =>
      findings.flatMap((finding) => /^Annotation::instagram-service:(\S+)/.exec(finding)?.[1] ?? []).sort();
    const complete = { issuer: 'https://issuer.test', audience: 'api', alarmEmail: 'on@call.test' };
    expect(warnings(await synthesize('dev'))).toEqual(['no-alarm-email', 'no-issuer']);
    expect(warnings(await synthesize('dev', complete))).toEqual([]);
  });
});
