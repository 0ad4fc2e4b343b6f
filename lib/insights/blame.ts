import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import type { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import { isOfObject } from '../instagram/triage.ts';
import type { ControlPost } from '../posts/index.ts';
import { metricsOf, surfaceOf } from './catalogue.ts';
import { askMedia, readAnyMetric } from './measure.ts';

const DAY_SECONDS = 24 * 3_600;

/** Whether a read is given. @throws {InstagramError} what says nothing about the read: a limit, the token, time that is up. */
export const isGiven = async (read: () => Promise<unknown>): Promise<boolean> => {
  try {
    await read();
    return true;
  } catch (error) {
    if (isOfObject(error) && error.failure !== 'deadline') return false;
    throw error;
  }
};

/**
 * Whether Instagram refuses figures of one media alone (a missing permission is all that it says): it gives them of one of
 * the `controls`, or, where there are none, of the account, which takes the same permission.
 * @throws {InstagramError} when a control could not be asked.
 */
export const isRefusedAlone = async (
  { account, client }: ConnectedAccount,
  error: InstagramError,
  findControls: () => Promise<readonly ControlPost[]>,
  { now, options }: { now: () => number; options: CallOptions },
): Promise<boolean> => {
  if (error.kind !== 'permission') return false;
  const controls = await findControls();
  for (const control of controls) {
    const metrics = metricsOf(surfaceOf(control), account.login);
    if (await isGiven(() => readAnyMetric(metrics, askMedia(client, control.instagram_id, options).ask))) return true;
  }
  if (controls.length > 0) return false;
  const until = Math.floor(now() / 1_000 / DAY_SECONDS) * DAY_SECONDS;
  const period = { since: until - DAY_SECONDS, until };
  return await isGiven(() => client.insights.ofAccount(account.instagram_id, ['reach'], period, options));
};
