import { type CloudFormationClient, CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
  RebootDBInstanceCommand,
  waitUntilDBInstanceAvailable,
} from '@aws-sdk/client-rds';
import type { Stage } from '../stage.ts';
import { type DeployedStage, readDeployedStage } from './deployed-stage.ts';

interface Dependencies {
  formation: Pick<CloudFormationClient, 'send'>;
  rds: RDSClient;
  /** Runs `cdk deploy`; rejects when it fails. */
  deploy: () => Promise<void>;
  say: (line: string) => void;
  pause: (ms: number) => Promise<void>;
}

/**
 * Deploys a stage. Before: refuses to take away what people rely on. After: restarts the database where a setting of it
 * waits for that, and says so.
 * @throws {Error} one line, before anything is changed, for a setting that would be removed; and when the deployment fails.
 */
export const deployStage = async (
  stage: Stage,
  { removing, ...tools }: Dependencies & { removing: readonly string[] },
): Promise<void> => {
  refuseRemoval(await readIfDeployed(stage.name, tools.formation), stage, removing);
  await tools.deploy();
  const { database } = await readDeployedStage(stage.name, tools.formation);
  await restartIfPending(database, tools);
};

const readIfDeployed = async (
  name: string,
  formation: Pick<CloudFormationClient, 'send'>,
): Promise<DeployedStage | null> => {
  try {
    return await readDeployedStage(name, formation);
  } catch (error) {
    // CloudFormation's way to say that there is no such stack.
    if (error instanceof CloudFormationServiceException && /does not exist/.test(error.message)) return null;
    throw error;
  }
};

const refuseRemoval = (deployed: DeployedStage | null, stage: Stage, removing: readonly string[]): void => {
  const kept = Object.keys(deployed?.keptSettings ?? {}) as (keyof DeployedStage['keptSettings'])[];
  const lost = kept.filter((setting) => stage[setting] === undefined && !removing.includes(setting));
  if (lost.length === 0) return;
  throw new Error(
    `Stage ${stage.name} is deployed with ${lost.join(', ')}, and cdk.json no longer has it: put it back, or say ` +
      lost.map((setting) => `--remove ${setting}`).join(' '),
  );
};

const PAUSE_MS = 10_000;
const MAX_CHECKS = 60;

/** CloudFormation changes a parameter group and does not restart the server, so that `max_connections` stays as it was. */
const restartIfPending = async (
  { kind, identifier }: DeployedStage['database'],
  { rds, say, pause }: Pick<Dependencies, 'rds' | 'say' | 'pause'>,
): Promise<void> => {
  for (let check = 1; check <= MAX_CHECKS; check += 1) {
    const servers = kind === 'aurora' ? await membersOf(rds, identifier) : await serverOf(rds, identifier);
    if (servers.some(({ status }) => status === 'applying')) {
      await pause(PAUSE_MS);
      continue;
    }
    for (const { name } of servers.filter(({ status }) => status === 'pending-reboot')) {
      say(`${name}: a setting of the database needs a restart: restarting it, a minute in which requests get 503`);
      await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: name }));
      await waitUntilDBInstanceAvailable({ client: rds, maxWaitTime: 1_800 }, { DBInstanceIdentifier: name });
      say(`${name}: restarted, the setting is in effect`);
    }
    return;
  }
  throw new Error(`${identifier}: RDS is still applying a setting; run the same command again`);
};

interface Server {
  name: string;
  /** Of its parameters, as RDS spells it: `in-sync`, `applying`, `pending-reboot`. */
  status: string | undefined;
}

const serverOf = async (rds: RDSClient, identifier: string): Promise<Server[]> => {
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }));
  return DBInstances.flatMap(({ DBParameterGroups = [] }) =>
    DBParameterGroups.map(({ ParameterApplyStatus: status }) => ({ name: identifier, status })),
  );
};

const membersOf = async (rds: RDSClient, identifier: string): Promise<Server[]> => {
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
  return DBClusters.flatMap(({ DBClusterMembers = [] }) =>
    DBClusterMembers.map(({ DBInstanceIdentifier: name = '', DBClusterParameterGroupStatus: status }) => ({
      name,
      status,
    })),
  );
};
