/**
 * `npm run connect-account -- --stage prod [--instagram-id 178…] [--grant <principal>] < token.txt`: connects an
 * Instagram account to a deployed stage. `--grant`: who is to own it (default: everybody sees it, and nobody owns it). The token is read from standard input, because arguments show in process lists and shell histories.
 */
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ConnectOutcome } from '../functions/connect-account.ts';

const USAGE =
  'usage: npm run connect-account -- --stage <stage> [--login <login>] [--instagram-id <id>] [--grant <principal>] < file-with-the-token';

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      login: { type: 'string' },
      'instagram-id': { type: 'string' },
      grant: { type: 'string' },
    },
  });
  if (values.stage === undefined || process.stdin.isTTY) throw new Error(USAGE);
  const payload = {
    access_token: (await text(process.stdin)).trim(),
    ...(values.login !== undefined && { login: values.login }),
    ...(values['instagram-id'] !== undefined && { instagram_id: values['instagram-id'] }),
    ...(values.grant !== undefined && { grant: values.grant }),
  };
  if (payload.access_token === '') throw new Error('there is no token on standard input');
  const { Payload, FunctionError } = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: `instagram-${values.stage}-connect-account`, Payload: JSON.stringify(payload) }),
  );
  if (FunctionError !== undefined || Payload === undefined) {
    throw new Error('the function failed; its log says why');
  }
  const outcome = JSON.parse(Buffer.from(Payload).toString('utf8')) as ConnectOutcome;
  if ('error' in outcome) throw new Error(outcome.error);
  const { username, instagram_id, account_id, connected } = outcome;
  console.log(`${connected ? 'connected' : 'known already:'} @${username} (${instagram_id}) as account ${account_id}`);
};

try {
  await main();
} catch (error) {
  console.error(`connect-account: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
