import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { DeployedStage } from './deployed-stage.ts';

interface Dependencies {
  lambda: Pick<LambdaClient, 'send'>;
  say: (line: string) => void;
}

/**
 * Stops every function that writes to Instagram, and says each. Workers get no messages meanwhile, which wait in their
 * queues. Safe to repeat. What runs already goes on to its end: two minutes at most.
 * @throws {AggregateError} when some could not be stopped; all others are.
 */
export const freeze = async ({ writers }: Pick<DeployedStage, 'writers'>, { lambda, say }: Dependencies) => {
  await eachOf(writers, async (name) => {
    const { ReservedConcurrentExecutions: before } = await lambda.send(
      new GetFunctionConcurrencyCommand({ FunctionName: name }),
    );
    await setConcurrency(lambda, name, 0);
    const queues = await setFeeding(lambda, name, false);
    say(`${name}: ${before === 0 ? 'was stopped already' : `stopped (ran ${atMost(before)})`}${queues}`);
  });
};

/**
 * Gives every function that writes to Instagram back what its deployment gave it, and says each. Safe to repeat.
 * @throws {AggregateError} when some could not be started; all others are.
 */
export const unfreeze = async ({ writers }: Pick<DeployedStage, 'writers'>, { lambda, say }: Dependencies) => {
  await eachOf(writers, async (name, concurrency) => {
    await (concurrency === null
      ? lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name }))
      : setConcurrency(lambda, name, concurrency));
    const queues = await setFeeding(lambda, name, true);
    say(`${name}: runs ${atMost(concurrency ?? undefined)}${queues}`);
  });
};

const atMost = (concurrency: number | undefined): string =>
  concurrency === undefined ? 'without a limit of its own' : `at most ${concurrency} at once`;

const setConcurrency = (lambda: Dependencies['lambda'], name: string, executions: number) =>
  lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: executions }));

/** Returns words for what was done, empty for a function that no queue feeds. */
const setFeeding = async (lambda: Dependencies['lambda'], name: string, enabled: boolean): Promise<string> => {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }));
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
  }
  if (EventSourceMappings.length === 0) return '';
  return enabled ? '; its queue feeds it' : '; its queue keeps its messages';
};

/** After one failure, the others are stopped, or started, all the same. */
const eachOf = async (
  writers: DeployedStage['writers'],
  work: (name: string, concurrency: number | null) => Promise<void>,
): Promise<void> => {
  const failures: Error[] = [];
  for (const [name, concurrency] of Object.entries(writers)) {
    try {
      await work(name, concurrency);
    } catch (error) {
      failures.push(new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error }));
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `not done, try again:\n${failures.map(({ message }) => message).join('\n')}`);
  }
};
