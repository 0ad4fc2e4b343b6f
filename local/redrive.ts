/**
 * `npm run redrive -- [--stage prod] [queue]`: moves the dead letters of one queue, or of all, back to their queues. With a
 * stage it works on AWS, with the shell's credentials; without one, on the SQS at `AWS_ENDPOINT_URL_SQS`.
 */
import { parseArgs } from 'node:util';
import { consumers } from '../functions/routes.ts';
import { parseEnv, readEnvironment, sqsEnv } from '../lib/config.ts';
import { redrive } from '../lib/queue/redrive.ts';

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { stage: { type: 'string' } } });
  const [wanted, ...rest] = positionals;
  const names = consumers.map(({ queue }) => queue);
  if (rest.length > 0 || (wanted !== undefined && !names.includes(wanted))) {
    throw new Error(`usage: npm run redrive -- [--stage <stage>] [${names.join(' | ')}]`);
  }
  const { AWS_REGION: region, AWS_ENDPOINT_URL_SQS: endpoint } = parseEnv(sqsEnv, readEnvironment('.env'));
  if (values.stage === undefined && endpoint === undefined) {
    throw new Error('it is not clear which SQS is meant: give --stage <stage> for AWS, or set AWS_ENDPOINT_URL_SQS');
  }
  for (const queue of wanted === undefined ? names : [wanted]) {
    const name = values.stage === undefined ? queue : `instagram-${values.stage}-${queue}`;
    console.log(`${name}: ${await redrive(name, { region, endpoint })} moved back`);
  }
};

try {
  await main();
} catch (error) {
  console.error(`redrive: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
