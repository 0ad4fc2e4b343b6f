import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { InstanceType, Port, SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseProxy,
  DefaultAuthScheme,
  PostgresEngineVersion,
  ProxyTarget,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { databaseEnv } from '../../lib/config.ts';
import { acknowledge } from '../acknowledge.ts';
import type { EnvironmentOf } from '../environment.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';
import type { Network } from './network.ts';

const NAME = 'instagram';
const PORT = 5432;
/** Where `bundling.ts` puts RDS's authorities in every function that uses the database. */
const AUTHORITIES = '/var/task/rds-ca.pem';

/** Who logs in: `app` reads and writes rows, `migrator` owns the tables. */
export type DatabaseUser = 'app' | 'migrator';

interface Server {
  resource: DatabaseInstance | DatabaseCluster;
  host: string;
  secret: ISecret | undefined;
  proxyTarget: ProxyTarget;
  metrics: DatabaseMetrics;
}

/** What its alarms and the dashboard look at. */
export interface DatabaseMetrics {
  connections: IMetric;
  cpu: IMetric;
  /** Null where storage grows by itself. */
  freeStorage: IMetric | null;
}

/**
 * PostgreSQL 18 that nothing but our functions can reach, over TLS, with logins by IAM: one RDS instance, or Aurora
 * Serverless v2; with `proxy`, requests go through RDS Proxy, which keeps connections over a failover.
 */
export class Database extends Construct {
  readonly maxConnections: number;
  readonly metrics: DatabaseMetrics;
  /** Of the administrator that RDS made, for the deployment to create the other users with. RDS rotates it. */
  readonly adminSecret: ISecret;
  readonly #server: Server;
  readonly #proxy: DatabaseProxy | undefined;

  constructor(scope: Construct, id: string, { stage, network }: { stage: Stage; network: Network }) {
    super(scope, id);
    this.maxConnections = stage.databaseMaxConnections;
    const { vpc, databaseClients } = network;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The database: our functions come in, nothing goes out',
      allowAllOutbound: false,
    });
    const placement = { vpc, vpcSubnets: { subnetGroupName: 'data' }, securityGroups: [securityGroup] };
    this.#server = (stage.database === 'aurora' ? createCluster : createInstance)(this, stage, placement);
    this.metrics = this.#server.metrics;
    if (this.#server.secret === undefined) throw new Error('RDS gives every database an administrator');
    this.adminSecret = this.#server.secret;
    this.#server.resource.connections.allowDefaultPortFrom(databaseClients, 'Functions');
    this.#proxy = stage.proxy ? this.#createProxy(stage, network, placement.vpcSubnets) : undefined;
  }

  /** Lets functions log in as `app`; returns the variables that say where. */
  grantUse(grantee: IGrantable): EnvironmentOf<typeof databaseEnv> {
    if (this.#proxy === undefined) {
      this.#server.resource.grantConnect(grantee, 'app');
      return { DATABASE_URL: urlOf('app', this.#server.host, { authorities: AUTHORITIES }) };
    }
    this.#proxy.grantConnect(grantee, 'app');
    // Its certificate is of a public authority, which Node knows.
    return { DATABASE_URL: urlOf('app', this.#proxy.endpoint) };
  }

  /** Lets a deployment's function log in as every user, past the proxy: migrations hold a session's lock. */
  grantAdministration(grantee: IGrantable): { DATABASE_URL: string; DATABASE_ADMIN_SECRET_ID: string } {
    for (const user of ['app', 'migrator'] as const) this.#server.resource.grantConnect(grantee, user);
    this.adminSecret.grantRead(grantee);
    return {
      DATABASE_URL: urlOf('migrator', this.#server.host, { authorities: AUTHORITIES }),
      DATABASE_ADMIN_SECRET_ID: this.adminSecret.secretArn,
    };
  }

  #createProxy(stage: Stage, { vpc, databaseClients }: Network, vpcSubnets: SubnetSelection): DatabaseProxy {
    const securityGroup = new SecurityGroup(this, 'ProxySecurityGroup', {
      vpc,
      description: 'RDS Proxy: between our functions and the database',
      allowAllOutbound: false,
    });
    // Its own login is by IAM too: no password of `app` exists anywhere.
    const role = new Role(this, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
    this.#server.resource.grantConnect(role, 'app');
    const proxy = new DatabaseProxy(this, 'Proxy', {
      dbProxyName: stage.prefix,
      proxyTarget: this.#server.proxyTarget,
      vpc,
      vpcSubnets,
      securityGroups: [securityGroup],
      role,
      defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
      iamAuth: true,
      requireTLS: true,
      // The rest is for migrations, and for a person who has to look.
      maxConnectionsPercent: 90,
      borrowTimeout: Duration.seconds(5),
      idleClientTimeout: Duration.minutes(30),
    });
    securityGroup.connections.allowFrom(databaseClients, Port.tcp(PORT), 'Functions');
    return proxy;
  }
}

const urlOf = (user: DatabaseUser, host: string, { authorities }: { authorities?: string } = {}): string => {
  const root = authorities === undefined ? '' : `&sslrootcert=${authorities}`;
  return `postgres://${user}@${host}:${PORT}/${NAME}?sslmode=verify-full${root}&auth=iam`;
};

type ServerPlacement = { vpc: Network['vpc']; vpcSubnets: SubnetSelection; securityGroups: SecurityGroup[] };

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
  manageMasterUserPassword: true,
  iamAuthentication: true,
  storageEncrypted: true,
  port: PORT,
  parameters: parametersOf(stage),
  deletionProtection: stage.protectData,
  removalPolicy: stage.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.SNAPSHOT,
  cloudwatchLogsExports: ['postgresql'],
  preferredMaintenanceWindow: 'sun:03:00-sun:04:00',
});

/** RDS would make it without an end to its retention. */
const serverLog = (scope: Construct, stage: Stage, kind: 'cluster' | 'instance'): LogGroup =>
  new LogGroup(scope, 'Log', {
    logGroupName: `/aws/rds/${kind}/${stage.prefix}/postgresql`,
    retention: stage.logDays,
    removalPolicy: removalOf(stage),
  });

const createInstance = (scope: Construct, stage: Stage, placement: ServerPlacement): Server => {
  const log = serverLog(scope, stage, 'instance');
  const resource = new DatabaseInstance(scope, 'Instance', {
    ...commonProps(stage, placement),
    // A fixed name: a change that would replace the database fails instead.
    instanceIdentifier: stage.prefix,
    databaseName: NAME,
    engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 }),
    instanceType: new InstanceType(stage.databaseInstanceType),
    multiAz: stage.databaseStandby,
    storageType: StorageType.GP3,
    allocatedStorage: stage.databaseStorageGb,
    maxAllocatedStorage: stage.databaseStorageGb * 5,
    caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
    backupRetention: Duration.days(stage.databaseBackupDays),
    preferredBackupWindow: '01:00-02:00',
    autoMinorVersionUpgrade: true,
    enablePerformanceInsights: stage.protectData,
  });
  resource.node.addDependency(log);
  acknowledgeServer(resource, stage);
  return {
    resource,
    host: resource.dbInstanceEndpointAddress,
    secret: resource.secret,
    proxyTarget: ProxyTarget.fromInstance(resource),
    metrics: {
      connections: resource.metricDatabaseConnections(),
      cpu: resource.metricCPUUtilization(),
      freeStorage: resource.metricFreeStorageSpace(),
    },
  };
};

const createCluster = (scope: Construct, stage: Stage, placement: ServerPlacement): Server => {
  const log = serverLog(scope, stage, 'cluster');
  const instance = { caCertificate: CaCertificate.RDS_CA_RSA2048_G1, enablePerformanceInsights: stage.protectData };
  const resource = new DatabaseCluster(scope, 'Cluster', {
    ...commonProps(stage, placement),
    clusterIdentifier: stage.prefix,
    defaultDatabaseName: NAME,
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_18_3 }),
    writer: ClusterInstance.serverlessV2('Writer', instance),
    readers: stage.databaseStandby
      ? [ClusterInstance.serverlessV2('Standby', { ...instance, scaleWithWriter: true })]
      : [],
    serverlessV2MinCapacity: stage.auroraMinCapacity,
    serverlessV2MaxCapacity: stage.auroraMaxCapacity,
    backup: { retention: Duration.days(stage.databaseBackupDays), preferredWindow: '01:00-02:00' },
  });
  resource.node.addDependency(log);
  acknowledgeServer(resource, stage);
  return {
    resource,
    host: resource.clusterEndpoint.hostname,
    secret: resource.secret,
    proxyTarget: ProxyTarget.fromCluster(resource),
    metrics: {
      connections: resource.metricDatabaseConnections(),
      cpu: resource.metricCPUUtilization(),
      freeStorage: null,
    },
  };
};

const acknowledgeServer = (resource: Construct, stage: Stage): void => {
  acknowledge(resource, {
    'AwsSolutions-RDS11': 'Only our functions reach the port: another number would hide it from nobody.',
    ...(!stage.databaseStandby && {
      'AwsSolutions-RDS3': 'This stage chose one server: its data can be synced again, and a standby doubles the bill.',
    }),
    ...(!stage.protectData && {
      'AwsSolutions-RDS10': 'This stage is there to be deleted; a snapshot is taken when it is.',
    }),
  });
};
