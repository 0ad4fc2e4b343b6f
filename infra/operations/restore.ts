import { DisableRuleCommand, EnableRuleCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateDBClusterSnapshotCommand,
  CreateDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
  RestoreDBClusterToPointInTimeCommand,
  RestoreDBInstanceToPointInTimeCommand,
  waitUntilDBClusterAvailable,
  waitUntilDBClusterSnapshotAvailable,
  waitUntilDBInstanceAvailable,
  waitUntilDBSnapshotAvailable,
} from '@aws-sdk/client-rds';
import type { DeployedStage } from './deployed-stage.ts';
import { freeze } from './freeze.ts';

interface Dependencies {
  lambda: Pick<LambdaClient, 'send'>;
  events: Pick<EventBridgeClient, 'send'>;
  rds: RDSClient;
  say: (line: string) => void;
}

/** A large database takes hours. */
const MAX_WAIT_SECONDS = 6 * 3600;

/**
 * The first half of a restore: stops writes and the tick, makes a copy of the database as it was at `time` beside it, and a
 * snapshot of the copy, whose name it returns. The database itself is not touched.
 * @throws {Error} when a step fails; what is done already is said, and another try begins with what is left.
 */
export const prepareRestore = async (
  stage: DeployedStage,
  time: Date,
  { lambda, events, rds, say }: Dependencies,
): Promise<{ snapshot: string }> => {
  await freeze(stage, { lambda, say });
  await events.send(new DisableRuleCommand({ Name: stage.tickRule }));
  say(`${stage.tickRule}: off; nothing that is due is woken`);

  const { kind, identifier } = stage.database;
  const copy = `${identifier}-restore`;
  const moment = time
    .toISOString()
    .replace(/[-:]|\.\d{3}/g, '')
    .toLowerCase();
  const snapshot = `instagram-${stage.name}-at-${moment}`;
  const steps = kind === 'aurora' ? ofCluster(rds) : ofInstance(rds);
  await steps.copy(identifier, copy, time);
  say(`${copy}: is being made, ${identifier} as it was at ${time.toISOString()}; this takes a while`);
  await steps.waitForCopy(copy);
  say(`${copy}: available`);
  await steps.takeSnapshot(copy, snapshot);
  await steps.waitForSnapshot(snapshot);
  say(`${snapshot}: available`);
  return { snapshot };
};

/** The second half, once the stage is deployed with the snapshot: writes stay stopped, and what was open is looked for. */
export const resumeRestore = async (
  stage: DeployedStage,
  { lambda, events, say }: Omit<Dependencies, 'rds'>,
): Promise<void> => {
  await freeze(stage, { lambda, say }); // a deployment may have given functions their executions back
  await events.send(new EnableRuleCommand({ Name: stage.tickRule }));
  say(`${stage.tickRule}: on; writes that were open at the restored moment are looked for`);
};

const waiting = (client: RDSClient) => ({ client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 15, maxDelay: 60 });

/** Into the same network, or RDS takes the account's default one. */
const ofInstance = (rds: RDSClient) => ({
  copy: async (source: string, copy: string, time: Date) => {
    const { DBInstances: [server] = [] } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: source }),
    );
    await rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: source,
        TargetDBInstanceIdentifier: copy,
        RestoreTime: time,
        DBSubnetGroupName: server?.DBSubnetGroup?.DBSubnetGroupName,
        VpcSecurityGroupIds: groupsOf(server?.VpcSecurityGroups),
        EnableIAMDatabaseAuthentication: true,
        PubliclyAccessible: false,
        MultiAZ: false,
        DeletionProtection: false,
      }),
    );
  },
  waitForCopy: (copy: string) => waitUntilDBInstanceAvailable(waiting(rds), { DBInstanceIdentifier: copy }),
  takeSnapshot: (copy: string, snapshot: string) =>
    rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: copy, DBSnapshotIdentifier: snapshot })),
  waitForSnapshot: (snapshot: string) => waitUntilDBSnapshotAvailable(waiting(rds), { DBSnapshotIdentifier: snapshot }),
});

/** A cluster's copy has its data without any instance, which is all that a snapshot needs. */
const ofCluster = (rds: RDSClient) => ({
  copy: async (source: string, copy: string, time: Date) => {
    const { DBClusters: [server] = [] } = await rds.send(
      new DescribeDBClustersCommand({ DBClusterIdentifier: source }),
    );
    await rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        SourceDBClusterIdentifier: source,
        DBClusterIdentifier: copy,
        RestoreToTime: time,
        DBSubnetGroupName: server?.DBSubnetGroup,
        VpcSecurityGroupIds: groupsOf(server?.VpcSecurityGroups),
        EnableIAMDatabaseAuthentication: true,
        DeletionProtection: false,
      }),
    );
  },
  waitForCopy: (copy: string) => waitUntilDBClusterAvailable(waiting(rds), { DBClusterIdentifier: copy }),
  takeSnapshot: (copy: string, snapshot: string) =>
    rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: copy, DBClusterSnapshotIdentifier: snapshot })),
  waitForSnapshot: (snapshot: string) =>
    waitUntilDBClusterSnapshotAvailable(waiting(rds), { DBClusterSnapshotIdentifier: snapshot }),
});

const groupsOf = (groups: readonly { VpcSecurityGroupId?: string | undefined }[] = []): string[] =>
  groups.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []);
