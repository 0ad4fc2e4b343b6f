import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as InvokeFunction } from 'aws-cdk-lib/aws-events-targets';
import { type Code, type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { z } from 'zod';
import { consumers, routes, schedules } from '../../functions/routes.ts';
import { Capabilities, type Capability } from '../constructs/capabilities.ts';
import { ExecutionRole } from '../constructs/execution-role.ts';
import { Migration } from '../constructs/migration.ts';
import {
  ENDPOINT_TIMEOUT,
  functionNameOf,
  ServiceFunction,
  type ServiceFunctionProps,
} from '../constructs/service-function.ts';
import { WorkerQueue } from '../constructs/worker-queue.ts';
import { OUTPUTS, type writersSchema } from '../operations/deployed-stage.ts';
import { assertConnections, concurrencyOf, OPERATIONS, readsOnly, writingEntries } from '../registry.ts';
import type { Stage } from '../stage.ts';
import type { DataStack } from './data-stack.ts';

/** Where the code of `functions/<entry>.ts` is, built. */
export type CodeOf = (entry: string) => Code;

interface FunctionsStackProps extends StackProps {
  stage: Stage;
  data: DataStack;
  codeOf: CodeOf;
}

/** The functions of the registry, the queues between them, and what a deployment runs before it changes them. */
export class FunctionsStack extends Stack {
  /** By name. */
  readonly #queues: ReadonlyMap<string, WorkerQueue>;
  readonly #stage: Stage;
  readonly #codeOf: CodeOf;
  readonly #capabilities: Capabilities;
  readonly #scope: Construct;

  constructor(scope: Construct, id: string, { stage, data, codeOf, ...props }: FunctionsStackProps) {
    super(scope, id, props);
    assertConnections(stage);
    this.#stage = stage;
    this.#codeOf = codeOf;
    const queues = new Construct(this, 'Queues');
    this.#queues = new Map(
      consumers.map((consumer) => [consumer.queue, new WorkerQueue(queues, toId(consumer.queue), { stage, consumer })]),
    );
    this.#capabilities = new Capabilities(this, 'Roles', { stage, data, queues: this.#queues });
    const migration = new Migration(this, 'Migration', { stage, data, code: codeOf('migrate') });
    this.#scope = new Construct(this, 'Functions');
    this.#scope.node.addDependency(migration);

    this.#addEndpoints();
    this.#addConsumers();
    this.#addSchedules();
    this.#addOperations();
    this.#addRedrive();
    this.#addOutputs();
  }

  #addEndpoints(): void {
    for (const route of [...routes, { entry: 'default-route', uses: [] }]) {
      const { entry, uses } = route;
      const concurrency = concurrencyOf(this.#stage, route);
      this.#add(entry, this.#capabilities.for(uses, { readsOnly: readsOnly(entry) }), {
        timeout: ENDPOINT_TIMEOUT,
        ...(concurrency !== undefined && { concurrency }),
      });
    }
  }

  #addConsumers(): void {
    for (const { entry, uses, queue, timeoutSeconds } of consumers) {
      const worker = this.#add(entry, this.#capabilities.for(uses, { worksOff: queue }), {
        timeout: Duration.seconds(timeoutSeconds),
        // A worker wakes itself for as long as there is work; Lambda would take that for a mistake after 16 times.
        recursiveLoop: RecursiveLoop.ALLOW,
      });
      this.#queues.get(queue)?.feed(worker);
    }
  }

  #addSchedules(): void {
    for (const { entry, uses, rateSeconds } of schedules) {
      const handler = this.#add(entry, this.#capabilities.for(uses), {
        timeout: Duration.seconds(Math.min(rateSeconds, 55)),
        concurrency: 1,
      });
      // One that was missed is made up for by the next: no retries, and none is kept waiting.
      const options = { retryAttempts: 0, maxEventAge: Duration.seconds(60) };
      handler.configureAsyncInvoke(options);
      new Rule(this.#scope, `${toId(entry)}Schedule`, {
        ruleName: ruleNameOf(this.#stage, entry),
        schedule: Schedule.rate(Duration.seconds(rateSeconds)),
        targets: [new InvokeFunction(handler, options)],
      });
    }
  }

  #addOperations(): void {
    for (const { entry, uses } of OPERATIONS) {
      this.#add(entry, this.#capabilities.for(uses), { timeout: Duration.minutes(1), concurrency: 1 });
    }
  }

  /** What `npm run ops` needs to know of a deployed stage. */
  #addOutputs(): void {
    const concurrencies = new Map(routes.map((route) => [route.entry, concurrencyOf(this.#stage, route)]));
    const writers: z.output<typeof writersSchema> = {};
    for (const entry of writingEntries())
      writers[functionNameOf(this.#stage, entry)] = concurrencies.get(entry) ?? null;
    new CfnOutput(this, OUTPUTS.writers, { value: JSON.stringify(writers) });
    const [tick] = schedules.map(({ entry }) => ruleNameOf(this.#stage, entry));
    if (tick === undefined) throw new Error('functions/routes.ts: nothing wakes what is due');
    new CfnOutput(this, OUTPUTS.tickRule, { value: tick });
  }

  /** For operators: moves dead letters back to their queue. */
  #addRedrive(): void {
    const { role } = new ExecutionRole(this, 'RedriveRole', {
      stage: this.#stage,
      description: 'Moves dead letters back to their queues',
      inNetwork: false,
    });
    const environment: Record<string, string> = {};
    for (const queue of this.#queues.values()) Object.assign(environment, queue.grantRedrive(role));
    this.#add('redrive', { role, environment, placement: null }, { timeout: Duration.minutes(1) });
  }

  #add(
    entry: string,
    { role, environment, placement }: Capability,
    options: Pick<ServiceFunctionProps, 'timeout' | 'concurrency' | 'recursiveLoop'>,
  ): LambdaFunction {
    const { lambda } = new ServiceFunction(this.#scope, toId(entry), {
      stage: this.#stage,
      entry,
      code: this.#codeOf(entry),
      role,
      environment,
      placement,
      ...options,
    });
    return lambda;
  }
}

const ruleNameOf = ({ prefix }: Stage, entry: string): string => `${prefix}-${entry}`;

/** `sync-posts.consumer` → `SyncPostsConsumer`. */
const toId = (name: string): string => name.replace(/(?:^|[-.])(\w)/g, (_, letter: string) => letter.toUpperCase());
