import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { synthesize } from '../testing/synthesize.ts';
import { deployStage } from './deploy-stage.ts';

const region = 'eu-central-1';
const formationClient = new CloudFormationClient({ region });
const rdsClient = new RDSClient({ region });
const formation = mockClient(formationClient);
const rds = mockClient(rdsClient);

const complete = { issuer: 'https://issuer.test', audience: 'api', alarmEmail: 'on@call.test' };
const deployed = await synthesize('dev', { ...complete, databaseSnapshot: 'restored' });
const same = deployed.stage;

/** What CloudFormation says of the stacks of a synthesis. */
const outputsOf = ({ templates: { data, functions } }: typeof deployed) =>
  [data, functions].flatMap(({ Outputs = {} }) =>
    Object.entries(Outputs).map(([OutputKey, output]) => ({
      OutputKey,
      OutputValue: String((output as { Value: unknown }).Value),
    })),
  );
const isDeployed = (synthesis: typeof deployed) =>
  formation.on(DescribeStacksCommand).callsFake(({ StackName }) => ({
    Stacks: [{ StackName, CreationTime: new Date(), StackStatus: 'UPDATE_COMPLETE', Outputs: outputsOf(synthesis) }],
  }));
const parametersAre = (...statuses: string[]) => {
  const [last] = statuses.slice(-1);
  const answers = statuses.reduce(
    (behaviour, ParameterApplyStatus) =>
      behaviour.resolvesOnce({
        DBInstances: [{ DBInstanceStatus: 'available', DBParameterGroups: [{ ParameterApplyStatus }] }],
      }),
    rds.on(DescribeDBInstancesCommand),
  );
  answers.resolves({
    DBInstances: [{ DBInstanceStatus: 'available', DBParameterGroups: [{ ParameterApplyStatus: last }] }],
  });
};

let deployments: number;
let pauses: number;
let said: string[];
beforeEach(() => {
  formation.reset();
  rds.reset();
  isDeployed(deployed);
  parametersAre('in-sync');
  [deployments, pauses, said] = [0, 0, []];
});

const deploy = (
  stage: typeof same,
  { removing = [], result = async () => {} }: { removing?: string[]; result?: () => Promise<void> } = {},
) =>
  deployStage(stage, {
    formation: formationClient,
    rds: rdsClient,
    removing,
    say: (line) => said.push(line),
    pause: async () => {
      pauses += 1;
    },
    deploy: async () => {
      deployments += 1;
      await result();
    },
  });
const without = (...settings: (keyof typeof same)[]): typeof same =>
  Object.fromEntries(
    Object.entries(same).filter(([name]) => !settings.includes(name as keyof typeof same)),
  ) as typeof same;

test.each(['issuer', 'alarmEmail', 'databaseSnapshot'] as const)(
  'a deployment that would remove %s is refused before anything changes, unless somebody says so',
  async (setting) => {
    await expect(deploy(without(setting))).rejects.toThrow(
      `Stage dev is deployed with ${setting}, and cdk.json no longer has it: put it back, or say --remove ${setting}`,
    );
    expect(deployments).toBe(0);

    await deploy(without(setting), { removing: [setting] });
    expect(deployments).toBe(1);
  },
);

test('an issuer may change, and a stage that never had one may go without', async () => {
  await deploy({ ...same, issuer: 'https://other.test' });
  isDeployed(await synthesize('dev'));
  await deploy(without('issuer', 'alarmEmail', 'databaseSnapshot'));

  expect(deployments).toBe(2);
});

test('a first deployment has nothing to lose', async () => {
  formation
    .on(DescribeStacksCommand)
    .rejectsOnce(
      new CloudFormationServiceException({
        name: 'ValidationError',
        message: 'Stack with id instagram-dev-data does not exist',
        $fault: 'client',
        $metadata: {},
      }),
    )
    .callsFake(({ StackName }) => ({ Stacks: [{ StackName, Outputs: outputsOf(deployed) }] }));

  await deploy(without('issuer'));

  expect(deployments).toBe(1);
});

test('whoever may not ask what is deployed does not deploy', async () => {
  formation.on(DescribeStacksCommand).rejects(new Error('AccessDenied'));

  await expect(deploy(same)).rejects.toThrow('AccessDenied');
  expect(deployments).toBe(0);
});

test('a setting that waits for a restart of the database gets it, and it is said', async () => {
  parametersAre('applying', 'applying', 'pending-reboot');

  await deploy(same);

  expect(pauses).toBe(2);
  expect(rds.commandCalls(RebootDBInstanceCommand)).toHaveLength(1);
  expect(said[0]).toMatch(/: a setting of the database needs a restart: restarting it/);
});

test('of a cluster, the members that wait for it are restarted', async () => {
  isDeployed(await synthesize('dev', { database: 'aurora' }));
  rds.on(DescribeDBClustersCommand).resolves({
    DBClusters: [
      {
        DBClusterMembers: [
          { DBInstanceIdentifier: 'writer', DBClusterParameterGroupStatus: 'pending-reboot' },
          { DBInstanceIdentifier: 'standby', DBClusterParameterGroupStatus: 'in-sync' },
        ],
      },
    ],
  });

  await deploy(without('issuer', 'alarmEmail', 'databaseSnapshot'));

  expect(rds.commandCalls(RebootDBInstanceCommand).map(({ args: [{ input }] }) => input)).toEqual([
    { DBInstanceIdentifier: 'writer' },
  ]);
});

test('nothing is restarted where nothing waits for it, or the deployment failed', async () => {
  await deploy(same);
  parametersAre('pending-reboot');
  const result = () => Promise.reject(new Error('cdk deploy ended with status 1'));
  await expect(deploy(same, { result })).rejects.toThrow('status 1');

  expect(rds.commandCalls(RebootDBInstanceCommand)).toEqual([]);
});
