import { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { migrateEnv } from '../../lib/config.ts';
import type { EnvironmentOf } from '../environment.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { Stage } from '../stage.ts';
import { ExecutionRole } from './execution-role.ts';
import { ServiceFunction } from './service-function.ts';

/**
 * Brings the database's users and schema up to date whenever the migrations or their code change, before anything that
 * depends on it is touched. When it fails, the deployment fails, and the functions stay what they were.
 */
export class Migration extends Construct {
  readonly function: ServiceFunction;

  constructor(scope: Construct, id: string, { stage, data, code }: { stage: Stage; data: DataStack; code: Code }) {
    super(scope, id);
    const { role } = new ExecutionRole(this, 'Role', { stage, description: 'Migrates the database', inNetwork: true });
    const environment: EnvironmentOf<typeof migrateEnv> = {
      ...data.database.grantAdministration(role),
      MIGRATIONS_FOLDER: '/var/task/migrations',
    };
    this.function = new ServiceFunction(this, 'Function', {
      stage,
      entry: 'migrate',
      code,
      role,
      environment,
      placement: data.network.place({ callsOut: false }),
      timeout: Duration.minutes(15),
    });
    new Trigger(this, 'Trigger', {
      handler: this.function.lambda,
      timeout: Duration.minutes(15),
    });
  }
}
