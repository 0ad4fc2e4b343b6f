import { createHash } from 'node:crypto';
import { type CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { InstanceType, type IVpc, type SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  type CfnDBCluster,
  type CfnDBInstance,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
  ProxyTarget,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';

/** Of the database in it. */
export const DATABASE_NAME = 'instagram';
export const DATABASE_PORT = 5432;

/** PostgreSQL 18, of either kind. */
export interface DatabaseServer {
  resource: DatabaseInstance | DatabaseCluster;
  /** Of the instance or the cluster, as RDS's own commands take it. */
  identifier: string;
  host: string;
  proxyTarget: ProxyTarget;
  metrics: DatabaseMetrics;
}

/** What its alarms and the dashboard look at. */
export interface DatabaseMetrics {
  connections: IMetric;
  cpu: IMetric;
  freeMemory: IMetric;
  /** Null for a server that is not burstable. */
  cpuCredits: IMetric | null;
  /** Null where storage grows by itself. */
  freeStorage: IMetric | null;
}

interface ServerPlacement {
  vpc: IVpc;
  vpcSubnets: SubnetSelection;
  securityGroups: SecurityGroup[];
}

/** Makes the kind of server that the stage names. */
export const createServer = (scope: Construct, stage: Stage, placement: ServerPlacement): DatabaseServer =>
  (stage.database === 'aurora' ? createCluster : createInstance)(scope, stage, placement);

/** Settings of the server. Time limits are the database's own (migrations). */
const parametersOf = ({ databaseMaxConnections }: Stage): Record<string, string> => ({
  max_connections: String(databaseMaxConnections),
  'rds.force_ssl': '1',
  log_min_duration_statement: '1000',
  log_lock_waits: '1',
  log_error_verbosity: 'terse', // the details of an error quote rows: captions, tokens' cipher texts
});

/** What both kinds of server have in common. */
const commonProps = (stage: Stage, { vpc, vpcSubnets, securityGroups }: ServerPlacement) => ({
  vpc,
  vpcSubnets,
  securityGroups,
  credentials: Credentials.fromUsername('administrator'),
  manageMasterUserPassword: true, // keeps CDK from making a secret; `logInByIam` takes it back
  iamAuthentication: true,
  storageEncrypted: true,
  port: DATABASE_PORT,
  parameters: parametersOf(stage),
  deletionProtection: stage.protectData,
  removalPolicy: removalOf(stage, RemovalPolicy.SNAPSHOT),
  cloudwatchLogsExports: ['postgresql'],
  preferredMaintenanceWindow: 'sun:03:00-sun:04:00',
});

/**
 * The master user logs in by IAM, as all others do: it makes those users, which makes it a member of `rds_iam`, and RDS
 * refuses the passwords of members. So there is no password to keep, rotate or lose. CDK's own classes cannot say it.
 */
const logInByIam = (resource: Construct): void => {
  const server = resource.node.defaultChild as CfnDBInstance | CfnDBCluster;
  server.manageMasterUserPassword = undefined;
  server.masterUserAuthenticationType = 'iam-db-auth';
};

/** Tells the server that goes on from a snapshot from the one before; empty where none does. */
const generationOf = ({ databaseSnapshot }: Pick<Stage, 'databaseSnapshot'>): string =>
  databaseSnapshot === undefined ? '' : createHash('sha256').update(databaseSnapshot).digest('hex').slice(0, 8);

/** A fixed name: a change that would replace the database fails instead, unless a snapshot is to be gone on from. */
const identifierOf = (stage: Stage): string => [stage.prefix, generationOf(stage)].filter(Boolean).join('-');

/**
 * Logical ids carry the generation: stacks refer to each other's outputs by name, CloudFormation takes an unchanged
 * template for nothing to do, and functions would go on talking to the server of before the restore.
 */
const idOf = (kind: string, stage: Stage): string => `${kind}${generationOf(stage)}`;

/** What comes with the snapshot may not be said again. */
const goOnFromSnapshot = (resource: Construct, property: string, inherited: readonly string[], stage: Stage): void => {
  if (stage.databaseSnapshot === undefined) return;
  const server = resource.node.defaultChild as CfnResource;
  server.addPropertyOverride(property, stage.databaseSnapshot);
  for (const name of inherited) server.addPropertyDeletionOverride(name);
};

/** RDS would make it without an end to its retention. */
const serverLog = (scope: Construct, stage: Stage, kind: 'cluster' | 'instance'): LogGroup =>
  new LogGroup(scope, 'Log', {
    logGroupName: `/aws/rds/${kind}/${identifierOf(stage)}/postgresql`,
    retention: stage.logDays,
    removalPolicy: removalOf(stage),
  });

/** RDS's metrics of a server, by its fixed name. */
const metricOf = (dimensionsMap: Record<string, string>) => (metricName: string) =>
  new Metric({ namespace: 'AWS/RDS', metricName, dimensionsMap });

const commonMetrics = (metric: (name: string) => Metric) => ({
  connections: metric('DatabaseConnections'),
  cpu: metric('CPUUtilization'),
  freeMemory: metric('FreeableMemory'),
});

const createInstance = (scope: Construct, stage: Stage, placement: ServerPlacement): DatabaseServer => {
  const log = serverLog(scope, stage, 'instance');
  const resource = new DatabaseInstance(scope, idOf('Instance', stage), {
    ...commonProps(stage, placement),
    instanceIdentifier: identifierOf(stage),
    databaseName: DATABASE_NAME,
    engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.of(stage.databaseVersion, '18') }),
    instanceType: new InstanceType(stage.databaseInstanceType),
    multiAz: stage.databaseStandby,
    storageType: StorageType.GP3,
    allocatedStorage: stage.databaseStorageGb,
    maxAllocatedStorage: stage.databaseStorageGb * 5,
    caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
    backupRetention: Duration.days(stage.databaseBackupDays),
    preferredBackupWindow: '01:00-02:00',
    autoMinorVersionUpgrade: false, // `databaseVersion` says which
    enablePerformanceInsights: stage.protectData,
  });
  resource.node.addDependency(log);
  logInByIam(resource);
  goOnFromSnapshot(resource, 'DBSnapshotIdentifier', ['DBName', 'MasterUsername', 'StorageEncrypted'], stage);
  acknowledgeDeletion(resource, stage);
  acknowledge(resource, {
    'AwsSolutions-RDS11': 'Only our functions reach the port: another number would hide it from nobody.',
    ...(!stage.databaseStandby && {
      'AwsSolutions-RDS3': 'This stage chose one server: its data can be synced again, and a standby doubles the bill.',
    }),
  });
  const metric = metricOf({ DBInstanceIdentifier: identifierOf(stage) });
  return {
    resource,
    identifier: identifierOf(stage),
    host: resource.dbInstanceEndpointAddress,
    proxyTarget: ProxyTarget.fromInstance(resource),
    metrics: {
      ...commonMetrics(metric),
      cpuCredits: stage.databaseInstanceType.startsWith('t') ? metric('CPUCreditBalance') : null,
      freeStorage: metric('FreeStorageSpace'),
    },
  };
};

const createCluster = (scope: Construct, stage: Stage, placement: ServerPlacement): DatabaseServer => {
  const log = serverLog(scope, stage, 'cluster');
  const instance = { caCertificate: CaCertificate.RDS_CA_RSA2048_G1, enablePerformanceInsights: stage.protectData };
  const resource = new DatabaseCluster(scope, idOf('Cluster', stage), {
    ...commonProps(stage, placement),
    clusterIdentifier: identifierOf(stage),
    defaultDatabaseName: DATABASE_NAME,
    engine: DatabaseClusterEngine.auroraPostgres({
      version: AuroraPostgresEngineVersion.of(stage.databaseVersion, '18'),
    }),
    writer: ClusterInstance.serverlessV2('Writer', instance),
    readers: stage.databaseStandby
      ? [ClusterInstance.serverlessV2('Standby', { ...instance, scaleWithWriter: true })]
      : [],
    serverlessV2MinCapacity: stage.auroraMinCapacity,
    serverlessV2MaxCapacity: stage.auroraMaxCapacity,
    backup: { retention: Duration.days(stage.databaseBackupDays), preferredWindow: '01:00-02:00' },
  });
  resource.node.addDependency(log);
  logInByIam(resource);
  goOnFromSnapshot(resource, 'SnapshotIdentifier', ['DatabaseName', 'MasterUsername', 'StorageEncrypted'], stage);
  acknowledgeDeletion(resource, stage);
  return {
    resource,
    identifier: identifierOf(stage),
    host: resource.clusterEndpoint.hostname,
    proxyTarget: ProxyTarget.fromCluster(resource),
    metrics: {
      ...commonMetrics(metricOf({ DBClusterIdentifier: identifierOf(stage) })),
      cpuCredits: null,
      freeStorage: null,
    },
  };
};

/** A stage without protection is there to be deleted. */
const acknowledgeDeletion = (resource: Construct, { protectData }: Stage): void => {
  if (protectData) return;
  acknowledge(resource, { 'AwsSolutions-RDS10': 'This stage is there to be deleted; a snapshot is taken when it is.' });
};
