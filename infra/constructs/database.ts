import { Duration } from 'aws-cdk-lib';
import { Port, SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DatabaseProxy, DefaultAuthScheme } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { databaseEnv } from '../../lib/config.ts';
import type { EnvironmentOf } from '../environment.ts';
import type { Stage } from '../stage.ts';
import {
  createServer,
  DATABASE_NAME,
  DATABASE_PORT,
  type DatabaseMetrics,
  type DatabaseServer,
} from './database-server.ts';
import type { Network } from './network.ts';

/** Where `bundling.ts` puts RDS's authorities in every function that uses the database. */
const AUTHORITIES = '/var/task/rds-ca.pem';

/** Who logs in: `app` reads and writes rows, `reader` reads them, `migrator` owns the tables, `administrator` is RDS's master. */
export type DatabaseUser = 'app' | 'reader' | 'migrator' | 'administrator';

/**
 * PostgreSQL 18 that nothing but our functions can reach, over TLS, with logins by IAM: one RDS instance, or Aurora
 * Serverless v2; with `proxy`, requests go through RDS Proxy, which keeps connections over a failover.
 */
export class Database extends Construct {
  readonly maxConnections: number;
  readonly metrics: DatabaseMetrics;
  /** Of the server, as RDS's own commands take it. */
  readonly identifier: string;
  readonly #server: DatabaseServer;
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
    this.#server = createServer(this, stage, placement);
    this.metrics = this.#server.metrics;
    this.identifier = this.#server.identifier;
    securityGroup.connections.allowFrom(databaseClients, Port.tcp(DATABASE_PORT), 'Functions');
    this.createAfter(...securityGroup.node.children); // the rules that exist by now, because a proxy's rule asks the server for its port
    this.#proxy = stage.proxy ? this.#createProxy(stage, network, placement.vpcSubnets) : undefined;
  }

  /** Has the server made after `others`. */
  createAfter(...others: Construct[]): void {
    this.#server.resource.node.addDependency(...others);
  }

  /** Lets functions log in; returns the variables that say where. */
  grantUse(grantee: IGrantable, user: 'app' | 'reader' = 'app'): EnvironmentOf<typeof databaseEnv> {
    if (this.#proxy === undefined) {
      this.#server.resource.grantConnect(grantee, user);
      return { DATABASE_URL: urlOf(user, this.#server.host, { authorities: AUTHORITIES }) };
    }
    this.#proxy.grantConnect(grantee, user);
    // Its certificate is of a public authority, which Node knows.
    return { DATABASE_URL: urlOf(user, this.#proxy.endpoint) };
  }

  /** Lets a deployment's function log in as every user, past the proxy: migrations hold a session's lock. */
  grantAdministration(grantee: IGrantable): { DATABASE_URL: string } {
    const users: DatabaseUser[] = ['app', 'reader', 'migrator', 'administrator'];
    for (const user of users) this.#server.resource.grantConnect(grantee, user);
    return { DATABASE_URL: urlOf('migrator', this.#server.host, { authorities: AUTHORITIES }) };
  }

  #createProxy(stage: Stage, { vpc, databaseClients }: Network, vpcSubnets: SubnetSelection): DatabaseProxy {
    const securityGroup = new SecurityGroup(this, 'ProxySecurityGroup', {
      vpc,
      description: 'RDS Proxy: between our functions and the database',
      allowAllOutbound: false,
    });
    // Its own login is by IAM too: no password of theirs exists anywhere.
    const role = new Role(this, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
    for (const user of ['app', 'reader']) this.#server.resource.grantConnect(role, user);
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
      // The other connections are for migrations, and for a person at work in the database.
      maxConnectionsPercent: 90,
      borrowTimeout: Duration.seconds(5),
      idleClientTimeout: Duration.minutes(30),
    });
    securityGroup.connections.allowFrom(databaseClients, Port.tcp(DATABASE_PORT), 'Functions');
    return proxy;
  }
}

const urlOf = (user: DatabaseUser, host: string, { authorities }: { authorities?: string } = {}): string => {
  const root = authorities === undefined ? '' : `&sslrootcert=${authorities}`;
  return `postgres://${user}@${host}:${DATABASE_PORT}/${DATABASE_NAME}?sslmode=verify-full${root}&auth=iam`;
};
