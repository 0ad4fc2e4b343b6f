import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateDBClusterSnapshotCommand,
  CreateDBSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
  RestoreDBClusterToPointInTimeCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { consumers, routes } from '../../functions/routes.ts';
import { functionNameOf } from '../constructs/service-function.ts';
import { synthesize, type Template } from '../testing/synthesize.ts';
import { runOperation } from './run-operation.ts';

const region = 'eu-central-1';
const clients = {
  formation: new CloudFormationClient({ region }),
  lambda: new LambdaClient({ region }),
  events: new EventBridgeClient({ region }),
  rds: new RDSClient({ region }),
};
const formation = mockClient(clients.formation);
const lambda = mockClient(clients.lambda);
const events = mockClient(clients.events);
const rds = mockClient(clients.rds);

const { templates } = await synthesize('prod');
const { templates: ofAurora } = await synthesize('prod', { database: 'aurora' });
const prefix = 'instagram-prod';
const writers = [
  'create-comment',
  'create-reply',
  'update-comment',
  'delete-comment',
  'update-post',
  'create-publication',
  'publish-consumer',
].map((name) => `${prefix}-${name}`);

/** What CloudFormation says of a stack that was deployed with this template. */
const deployed = (name: string, { Outputs = {} }: Template) =>
  formation.on(DescribeStacksCommand, { StackName: name }).resolves({
    Stacks: [
      {
        StackName: name,
        CreationTime: new Date(),
        StackStatus: 'CREATE_COMPLETE',
        Outputs: Object.entries(Outputs).map(([OutputKey, output]) => ({
          OutputKey,
          OutputValue: String((output as { Value: unknown }).Value),
        })),
      },
    ],
  });

beforeEach(() => {
  for (const mock of [formation, lambda, events, rds]) mock.reset();
  deployed(`${prefix}-data`, templates.data);
  deployed(`${prefix}-functions`, templates.functions);
  lambda.on(GetFunctionConcurrencyCommand).resolves({ ReservedConcurrentExecutions: 10 });
  lambda.on(ListEventSourceMappingsCommand).resolves({ EventSourceMappings: [] });
  lambda
    .on(ListEventSourceMappingsCommand, { FunctionName: `${prefix}-publish-consumer` })
    .resolves({ EventSourceMappings: [{ UUID: 'mapping' }] });
});

const run = async (operation: string, options: { time?: string; deployed?: boolean; stage?: string } = {}) => {
  const said: string[] = [];
  await runOperation(
    [operation],
    { stage: 'prod', deployed: false, ...options },
    { clientsOf: () => clients, say: (line) => said.push(line), now: () => new Date('2026-02-01T00:00:00Z') },
  );
  return said.join('\n');
};
const concurrencies = () =>
  lambda
    .commandCalls(PutFunctionConcurrencyCommand)
    .map(({ args: [{ input }] }) => [input.FunctionName, input.ReservedConcurrentExecutions]);
const feeding = () => lambda.commandCalls(UpdateEventSourceMappingCommand).map(({ args: [{ input }] }) => input);

describe('freeze', () => {
  test('stops every function that writes to Instagram, and keeps the messages of its queue', async () => {
    const said = await run('freeze');

    expect(concurrencies().sort()).toEqual(writers.map((name) => [name, 0]).sort());
    expect(feeding()).toEqual([{ UUID: 'mapping', Enabled: false }]);
    for (const name of writers) expect(said).toContain(`${name}: stopped (ran at most 10 at once)`);
    expect(said).toMatch(/^frozen: /m);
  });

  test('said again it does no harm, and says that nothing ran', async () => {
    lambda.on(GetFunctionConcurrencyCommand).resolves({ ReservedConcurrentExecutions: 0 });

    expect(await run('freeze')).toContain(`${prefix}-create-comment: was stopped already`);
  });

  test('one function that cannot be stopped keeps none of the others from it, and is named', async () => {
    lambda
      .on(PutFunctionConcurrencyCommand, { FunctionName: `${prefix}-create-reply` })
      .rejects(new Error('Rate exceeded'));

    await expect(run('freeze')).rejects.toThrow(`${prefix}-create-reply: Rate exceeded`);
    expect(concurrencies()).toHaveLength(writers.length);
  });

  test('every route that writes, and its worker, is among what the deployment names', () => {
    const entries = [
      ...routes
        .filter(({ contract, uses }) => contract.method !== 'GET' && uses.includes('instagram'))
        .filter(({ contract }) => contract.scope === 'comments:write' || contract.scope === 'publish:write'),
      ...consumers.filter(({ queue }) => queue === 'publications'),
    ].map(({ entry }) => functionNameOf({ prefix }, entry));
    expect(new Set(entries)).toEqual(new Set(writers));
  });
});

describe('unfreeze', () => {
  test('gives each function what its deployment gave it', async () => {
    const said = await run('unfreeze');

    const limited = writers.filter((name) => !name.endsWith('-consumer'));
    expect(concurrencies().sort()).toEqual(limited.map((name) => [name, 10]).sort());
    expect(lambda.commandCalls(DeleteFunctionConcurrencyCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { FunctionName: `${prefix}-publish-consumer` },
    ]);
    expect(feeding()).toEqual([{ UUID: 'mapping', Enabled: true }]);
    expect(said).toContain(`${prefix}-publish-consumer: runs without a limit of its own; its queue feeds it`);
    expect(said).toMatch(/writes go on$/);
  });
});

describe('restore', () => {
  const time = '2026-01-02T03:04:05Z';

  test('copies the database of that moment into the same network, after writes and tick have stopped', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        {
          DBInstanceStatus: 'available',
          DBSubnetGroup: { DBSubnetGroupName: 'data' },
          VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
        },
      ],
    });
    rds.on(RestoreDBInstanceToPointInTimeCommand).callsFake(() => {
      expect(concurrencies()).toHaveLength(writers.length);
      expect(events.commandCalls(DisableRuleCommand)).toHaveLength(1);
      return {};
    });
    rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [{ Status: 'available' }] });

    const said = await run('restore', { time });

    expect(events.commandCalls(DisableRuleCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { Name: `${prefix}-tick` },
    ]);
    expect(rds.commandCalls(RestoreDBInstanceToPointInTimeCommand)[0]?.args[0].input).toMatchObject({
      SourceDBInstanceIdentifier: prefix,
      TargetDBInstanceIdentifier: `${prefix}-restore`,
      RestoreTime: new Date(time),
      DBSubnetGroupName: 'data',
      VpcSecurityGroupIds: ['sg-1'],
      PubliclyAccessible: false,
    });
    expect(rds.commandCalls(CreateDBSnapshotCommand)[0]?.args[0].input).toEqual({
      DBInstanceIdentifier: `${prefix}-restore`,
      DBSnapshotIdentifier: 'instagram-prod-at-20260102t030405z',
    });
    expect(said).toContain('"databaseSnapshot": "instagram-prod-at-20260102t030405z"');
    expect(said).toContain('npm run ops -- restore --stage prod --deployed');
  });

  test('a cluster is copied as a cluster', async () => {
    deployed(`${prefix}-data`, ofAurora.data);
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ Status: 'available', DBSubnetGroup: 'data' }] });
    rds.on(DescribeDBClusterSnapshotsCommand).resolves({ DBClusterSnapshots: [{ Status: 'available' }] });

    await run('restore', { time });

    expect(rds.commandCalls(RestoreDBClusterToPointInTimeCommand)[0]?.args[0].input).toMatchObject({
      SourceDBClusterIdentifier: prefix,
      DBClusterIdentifier: `${prefix}-restore`,
      RestoreToTime: new Date(time),
      DBSubnetGroupName: 'data',
    });
    expect(rds.commandCalls(CreateDBClusterSnapshotCommand)).toHaveLength(1);
  });

  test('after the deployment writes stay stopped, and the tick runs', async () => {
    const said = await run('restore', { deployed: true });

    expect(concurrencies().map(([, executions]) => executions)).toEqual(writers.map(() => 0));
    expect(events.commandCalls(EnableRuleCommand)).toHaveLength(1);
    expect(said).toContain('npm run ops -- unfreeze');
  });
});

describe('what is refused before anything is done', () => {
  test.each([
    ['nothing', {}, /^usage: /],
    ['freeze', { stage: undefined }, /^usage: /],
    ['freeze', { time: '2026-01-02T03:04:05Z' }, /^usage: /],
    ['restore', {}, /^usage: /],
    ['restore', { time: '2026-01-02T03:04:05Z', deployed: true }, /^usage: /],
    ['restore', { time: '2026-01-02 03:04' }, /^--time must be like/],
    ['restore', { time: '2026-13-02T03:04:05Z' }, /^--time must be like/],
    ['restore', { time: '2027-01-02T03:04:05Z' }, /^--time must be in the past/],
  ])('%s with %j', async (operation, options, message) => {
    await expect(run(operation, options as { time?: string })).rejects.toThrow(message);
    for (const mock of [formation, lambda, events, rds]) expect(mock.calls()).toEqual([]);
  });

  test('a stage that was deployed without these outputs', async () => {
    deployed(`${prefix}-functions`, { Resources: {} });

    await expect(run('freeze')).rejects.toThrow(
      'stage prod has no output Writers, TickRule: deploy it with this version',
    );
    expect(lambda.calls()).toEqual([]);
  });
});
