/**
 * `npm run deploy -- --stage <stage> [--remove <setting>] [-- <options of cdk deploy>]`: deploys a stage as `cdk.json`
 * describes it, with the shell's AWS credentials.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { RDSClient } from '@aws-sdk/client-rds';
import { App } from 'aws-cdk-lib';
import { deployStage } from './operations/deploy-stage.ts';
import { readStage } from './stage.ts';

const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

const runCdk = async (stage: string, options: readonly string[]): Promise<void> => {
  const cdk = spawn('npx', ['cdk', 'deploy', '--all', '-c', `stage=${stage}`, ...options], { stdio: 'inherit' });
  const [status] = await once(cdk, 'exit');
  if (status !== 0) throw new Error(`cdk deploy ended with status ${status}`);
};

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: { type: 'string' }, remove: { type: 'string', multiple: true, default: [] } },
  });
  const stage = readStage(new App({ context: { ...context, stage: values.stage } }).node);
  const { region } = stage;
  await deployStage(stage, {
    formation: new CloudFormationClient({ region }),
    rds: new RDSClient({ region }),
    deploy: () => runCdk(stage.name, positionals),
    removing: values.remove,
    say: console.log,
    pause,
  });
} catch (error) {
  console.error(`deploy: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
