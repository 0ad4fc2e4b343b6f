import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { RDSClient } from '@aws-sdk/client-rds';
import { type DeployedStage, readDeployedStage } from './deployed-stage.ts';
import { freeze, unfreeze } from './freeze.ts';
import { prepareRestore, resumeRestore } from './restore.ts';

const USAGE = [
  'usage: npm run ops -- freeze --stage <stage>',
  '       npm run ops -- unfreeze --stage <stage>',
  '       npm run ops -- restore --stage <stage> --time 2026-01-02T03:04:05Z',
  '       npm run ops -- restore --stage <stage> --deployed',
].join('\n');

export interface Clients {
  formation: CloudFormationClient;
  lambda: LambdaClient;
  events: EventBridgeClient;
  rds: RDSClient;
}

interface Options {
  stage?: string | undefined;
  /** The moment to go back to, ISO 8601 with its zone. */
  time?: string | undefined;
  /** The second half of a restore. */
  deployed: boolean;
}

/**
 * Runs one operation and says each thing that it did, and what comes next.
 * @throws {Error} lines that say what is wrong: how it is used, or what AWS refused.
 */
export const runOperation = async (
  positionals: readonly string[],
  { stage: name, time, deployed }: Options,
  { clientsOf, say, now }: { clientsOf: (stage: string) => Clients; say: (line: string) => void; now: () => Date },
): Promise<void> => {
  const [operation, ...rest] = positionals;
  const isRestore = operation === 'restore' && (time !== undefined) !== deployed;
  const isSwitch = (operation === 'freeze' || operation === 'unfreeze') && time === undefined && !deployed;
  if (rest.length > 0 || name === undefined || !(isRestore || isSwitch)) throw new Error(USAGE);
  const moment = time === undefined ? undefined : momentOf(time, now());

  const clients = clientsOf(name);
  const stage = await readDeployedStage(name, clients.formation);
  const tools = { ...clients, say };
  if (operation === 'freeze') {
    await freeze(stage, tools);
    say('frozen: clients get 503 for writes; what runs already ends within two minutes. Then: npm run ops -- unfreeze');
  } else if (operation === 'unfreeze') {
    await unfreeze(stage, tools);
    say('writes go on');
  } else if (moment === undefined) {
    await resumeRestore(stage, tools);
    say('Next: wait for open writes to be settled (docs/runbook.md, restore), then: npm run ops -- unfreeze');
  } else {
    const { snapshot } = await prepareRestore(stage, moment, tools);
    for (const line of nextSteps(stage, snapshot)) say(line);
  }
};

const nextSteps = ({ name, database }: DeployedStage, snapshot: string): string[] => [
  'Writes and the tick stay stopped. Next:',
  `1. put "databaseSnapshot": "${snapshot}" into the stage ${name} in cdk.json and commit it: it must stay`,
  `2. npm run deploy -- --stage ${name}`,
  `3. npm run ops -- restore --stage ${name} --deployed`,
  `4. once nobody needs it: delete ${database.identifier}-restore`,
];

/** A time without a zone would be this machine's. */
const momentOf = (text: string, now: Date): Date => {
  const moment = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(moment.getTime())) throw new Error(`--time must be like 2026-01-02T03:04:05Z\n${USAGE}`);
  if (moment >= now) throw new Error('--time must be in the past');
  return moment;
};
