import type { Logger } from '@aws-lambda-powertools/logger';
import type { DatabasePool } from 'slonik';
import type { ConnectInstagram } from '../accounts/connect-instagram.ts';
import type { IntentKinds } from './kind.ts';
import type { IntentTiming } from './schema.ts';

/** What the parts of the intents work with. */
export interface IntentDeps {
  database: DatabasePool;
  connectInstagram: ConnectInstagram;
  kinds: IntentKinds;
  timing: IntentTiming;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** `performance.now()`. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** The kind of an intent. @throws {Error} for a row that a newer version of the service has written. */
export const kindOf = (kinds: IntentKinds, { kind }: { kind: string }) => {
  const found = kinds[kind];
  if (found === undefined) throw new Error(`This version of the service does not know intents of kind ${kind}`);
  return found;
};
