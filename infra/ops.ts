/**
 * `npm run ops -- freeze | unfreeze | restore --stage <stage>`: the operations of the runbook, with the shell's AWS
 * credentials. `restore` is two halves: `--time <moment>` before the deployment, `--deployed` after it.
 */
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { regionOf } from './operations/deployed-stage.ts';
import { runOperation } from './operations/run-operation.ts';

const clientsOf = (stage: string) => {
  const region = regionOf(stage);
  return {
    formation: new CloudFormationClient({ region }),
    lambda: new LambdaClient({ region }),
    events: new EventBridgeClient({ region }),
    rds: new RDSClient({ region }),
  };
};

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: { type: 'string' }, time: { type: 'string' }, deployed: { type: 'boolean', default: false } },
  });
  await runOperation(positionals, values, { clientsOf, say: console.log, now: () => new Date() });
} catch (error) {
  console.error(`ops: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
