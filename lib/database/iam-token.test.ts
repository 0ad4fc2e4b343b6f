import { Signer } from '@aws-sdk/rds-signer';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createIamToken } from './iam-token.ts';

const dateIn = (token: string): Date => {
  const [, year, month, day, hour, minute, second] =
    /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(token) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

/** The order of the parameters is free: the signature is over sorted ones. */
const sorted = (token: string) => token.split(/[?&]/).sort();

test('signs as the AWS SDK does, whatever characters the credentials hold', async () => {
  const host = 'instagram.abc.eu-central-1.rds.amazonaws.com';
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        user: fc.constantFrom('app', 'migrator', "o'brien (ops)*"),
        region: fc.constantFrom('eu-central-1', 'us-gov-west-1'),
        accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
        secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
        sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{20,60}$/), { nil: undefined }),
      }),
      async ({ user, region, accessKeyId, secretAccessKey, sessionToken }) => {
        const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
        const signer = new Signer({ hostname: host, port: 5432, username: user, region, credentials });
        const theirs = await signer.getAuthToken();
        const ours = await createIamToken({ host, port: 5432, user, region, credentials }, dateIn(theirs));
        expect(sorted(ours)).toEqual(sorted(theirs));
      },
    ),
    { numRuns: 50 },
  );
});
