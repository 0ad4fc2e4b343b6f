import { readFileSync } from 'node:fs';
import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';

/** Executions at once that a deployment gives a function; null: whatever the account has left. */
export const writersSchema = z.record(z.string(), z.int().nonnegative().nullable());
export const databaseOutputSchema = z.strictObject({ kind: z.enum(['instance', 'aurora']), identifier: z.string() });

/** A stage as it is deployed, by the outputs of its stacks. */
export interface DeployedStage {
  name: string;
  /** Every function that writes to Instagram, by its name on AWS. */
  writers: z.output<typeof writersSchema>;
  database: z.output<typeof databaseOutputSchema>;
  /** Of EventBridge: it wakes the tick. */
  tickRule: string;
  keptSettings: z.output<typeof keptSettingsSchema>;
}

/** What must not go away unsaid between two deployments, as the last one had it. */
export const keptSettingsSchema = z.strictObject({
  issuer: z.string().optional(),
  databaseSnapshot: z.string().optional(),
  alarmEmail: z.string().optional(),
});

/** Names of the outputs that the stacks give to these commands. */
export const OUTPUTS = {
  writers: 'Writers',
  database: 'DatabaseServer',
  tickRule: 'TickRule',
  keptSettings: 'KeptSettings',
} as const;

const json = z.string().transform((text) => JSON.parse(text) as unknown);

/**
 * Asks CloudFormation for what the stage's last deployment made, so that these commands know no name by themselves.
 * @throws {Error} one line, for a stage that is not deployed, or was deployed by a version without these outputs.
 */
export const readDeployedStage = async (
  name: string,
  client: Pick<CloudFormationClient, 'send'>,
): Promise<DeployedStage> => {
  const outputs = new Map<string, string>();
  for (const stack of [`instagram-${name}-data`, `instagram-${name}-functions`]) {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    for (const { OutputKey = '', OutputValue = '' } of found?.Outputs ?? []) outputs.set(OutputKey, OutputValue);
  }
  const missing = Object.values(OUTPUTS).filter((output) => !outputs.has(output));
  if (missing.length > 0) {
    throw new Error(`stage ${name} has no output ${missing.join(', ')}: deploy it with this version first`);
  }
  return {
    name,
    writers: json.pipe(writersSchema).parse(outputs.get(OUTPUTS.writers)),
    database: json.pipe(databaseOutputSchema).parse(outputs.get(OUTPUTS.database)),
    tickRule: outputs.get(OUTPUTS.tickRule) ?? '',
    keptSettings: json.pipe(keptSettingsSchema).parse(outputs.get(OUTPUTS.keptSettings)),
  };
};

/**
 * The region that `cdk.json` gives a stage.
 * @throws {Error} one line, for a stage that it does not name.
 */
export const regionOf = (stage: string): string => {
  const cdkJson: unknown = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const { stages } = z
    .object({ context: z.object({ stages: z.record(z.string(), z.object({ region: z.string() })) }) })
    .parse(cdkJson).context;
  const region = stages[stage]?.region;
  if (region === undefined) throw new Error(`--stage must be one of cdk.json's: ${Object.keys(stages).join(', ')}`);
  return region;
};
