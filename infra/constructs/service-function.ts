import { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { httpEnv, logEnv, metricsEnv } from '../../lib/config.ts';
import { METRICS_NAMESPACE } from '../../lib/metric-names.ts';
import { NODE_OPTIONS } from '../bundling.ts';
import type { EnvironmentOf } from '../environment.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';
import type { Placement } from './network.ts';

/** What every function is told. */
type HouseEnvironment = EnvironmentOf<typeof logEnv> & EnvironmentOf<typeof httpEnv> & EnvironmentOf<typeof metricsEnv>;

export interface ServiceFunctionProps {
  stage: Stage;
  /** `functions/<entry>.ts`. */
  entry: string;
  code: Code;
  role: IRole;
  environment: Readonly<Record<string, string>>;
  /** Null: outside our network, with AWS and the internet in reach and the database not. */
  placement: Placement | null;
  timeout: Duration;
  /** Most executions at once; unset: whatever the account has left. */
  concurrency?: number;
  recursiveLoop?: RecursiveLoop;
}

/** One Lambda with house defaults and a log group of its own; `instagram-<stage>-<entry>`. */
export class ServiceFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { stage, entry, code, role, environment, placement, timeout, concurrency, recursiveLoop } = props;
    const functionName = functionNameOf(stage, entry);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: stage.logDays,
      removalPolicy: removalOf(stage),
    });
    logGroup.grantWrite(role);
    const house: HouseEnvironment = {
      LOG_LEVEL: stage.logLevel,
      METRICS_NAMESPACE: `${METRICS_NAMESPACE}/${stage.name}`,
      ...(stage.publicBaseUrl !== undefined && { PUBLIC_BASE_URL: stage.publicBaseUrl }),
      ...(stage.apiOrigins.length > 0 && { API_ORIGINS: stage.apiOrigins.join(',') }),
    };
    this.lambda = new LambdaFunction(this, 'Lambda', {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code,
      role,
      environment: {
        NODE_OPTIONS,
        ...house,
        ...environment,
      },
      memorySize: 1024, // a cold start is bound by the processor, which comes with the memory
      timeout,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.INFO,
      applicationLogLevelV2: stage.logLevel === 'debug' ? ApplicationLogLevel.DEBUG : ApplicationLogLevel.INFO,
      tracing: stage.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...placement,
      ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
      ...(recursiveLoop !== undefined && { recursiveLoop }),
    });
  }
}

/** `instagram-prod-sync-posts-consumer`: names that the runbook's commands can spell. */
export const functionNameOf = ({ prefix }: Pick<Stage, 'prefix'>, entry: string): string =>
  `${prefix}-${entry.replaceAll('.', '-')}`;

/** Gateways give up after 30 s. */
export const ENDPOINT_TIMEOUT = Duration.seconds(29);
