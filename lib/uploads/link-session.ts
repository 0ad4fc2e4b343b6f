import { clientConfig, withinMs } from '../aws-client.ts';
import { LINK_SECONDS } from './policy.ts';

/** Credentials that links are signed with: a link ends with them, whatever end it states. */
export interface LinkSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** How long a session signs links: no link loses more than this of its hour. */
const USED_MS = 60_000;

/**
 * Gives sessions of a role that may read and write uploads, and nothing else. Lambda's own credentials may end at any
 * moment, and every link with them; a new session lasts for its whole hour. AWS allows no longer session for a role
 * that another role assumes.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 */
export const createLinkSessions = ({
  roleArn,
  region,
  now,
}: {
  roleArn: string;
  region: string;
  now: () => number;
}) => {
  let last: { session: Promise<LinkSession>; madeAt: number } | null = null;

  const assume = async (): Promise<LinkSession> => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts'); // on first use
    const client = new STSClient(clientConfig(region));
    const { Credentials } = await client.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'upload-links', DurationSeconds: LINK_SECONDS }),
      withinMs(),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS gave no credentials');
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAt: Expiration.getTime(),
    };
  };

  return (): Promise<LinkSession> => {
    if (last !== null && now() - last.madeAt < USED_MS) return last.session;
    const made = { session: assume(), madeAt: now() };
    made.session.catch(() => {
      if (last === made) last = null; // asked again by the next caller
    });
    last = made;
    return made.session;
  };
};
