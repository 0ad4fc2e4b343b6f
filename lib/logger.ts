import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger, type LogItem } from '@aws-lambda-powertools/logger';
import type { LogItemExtraInput, LogItemMessage } from '@aws-lambda-powertools/logger/types';
import { logEnv, parseEnv } from './config.ts';
import { ServiceError } from './errors.ts';
import { METRICS_SERVICE } from './metric-names.ts';
import { metricsOfEvent } from './metrics.ts';

/**
 * The fields of an error that may be logged, as a list of what is allowed: errors of `pg` and of HTTP clients carry row
 * values, headers and causes with tokens and captions in them.
 */
export const errorFields = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, severity, table, constraint, kind, error_subcode, fbtrace_id } = error as unknown as Record<
    string,
    unknown
  >;
  const fields = {
    name: error.name,
    code,
    severity,
    table,
    constraint,
    kind,
    error_subcode,
    fbtrace_id,
    stack: stackOf(error),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => ['string', 'number'].includes(typeof value)));
};

/** Where an error was thrown, without its message: only messages of our own are known to be free of values. */
const stackOf = (error: Error): string => {
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8);
  const cause = error.cause instanceof Error ? `\ncaused by ${labelOf(error.cause)}\n${stackOf(error.cause)}` : '';
  return `${error instanceof ServiceError ? error.message : error.name}\n${frames.join('\n')}${cause}`;
};

/** `Error ECONNREFUSED`: its name, and its code, which says more. */
const labelOf = (error: Error & { code?: unknown }): string =>
  typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;

const level = parseEnv(logEnv).LOG_LEVEL.toUpperCase() as 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

const context = new AsyncLocalStorage<Readonly<Record<string, string>>>();

/** Runs something so that every line it logs carries `fields` (`request_id`, `message_id`) to be searched by. */
export const withLogContext = <Result>(fields: Readonly<Record<string, string>>, run: () => Result): Result =>
  context.run({ ...context.getStore(), ...fields }, run);

/** What our calls pass: `logger.info(message, { event, … })`. */
const eventOf = ([fields]: LogItemExtraInput): unknown =>
  typeof fields === 'object' && 'event' in fields ? fields.event : undefined;

let write: ((fields: Readonly<Record<string, unknown>>) => void) | null = null;

/** Sends lines to another writer than that of JSON, for a terminal; never called on Lambda. */
export const writeLogsBy = (writer: typeof write): void => {
  write = writer;
};

/** Powertools keeps its keys per process, which would mix up the requests that the local adapter serves at once. */
class ContextLogger extends Logger {
  protected override createAndPopulateLogItem(logLevel: number, input: LogItemMessage, extra: LogItemExtraInput) {
    const message = typeof input === 'string' ? { message: input } : input;
    const attributes = { ...message, ...context.getStore(), ...metricsOfEvent(eventOf(extra)) };
    return super.createAndPopulateLogItem(logLevel, attributes, extra);
  }

  protected override printLog(logLevel: number, item: LogItem): void {
    if (write === null) {
      super.printLog(logLevel as Parameters<Logger['printLog']>[0], item);
      return;
    }
    item.prepareForPrint();
    write(item.getAttributes());
  }
}

/** The one logger: JSON lines with a stable `event` and the ids to search by, never a token or a caption. */
export const logger: Logger = new ContextLogger({ serviceName: METRICS_SERVICE, logLevel: level });
