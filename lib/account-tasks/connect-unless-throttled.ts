import type { ConnectInstagram } from '../accounts/connect-instagram.ts';
import { Pause } from '../wake-ups/interruption.ts';

/** For tasks, which nobody waits for: while Instagram limits the account's calls, there is no client. @throws {Pause} until then. */
export const createConnectUnlessThrottled =
  (connectInstagram: ConnectInstagram): ConnectInstagram =>
  async (accountId, login) => {
    const connected = await connectInstagram(accountId, login);
    const { throttled_seconds: wait } = connected.standing;
    if (wait > 0) throw new Pause(wait, { reason: 'throttled' });
    return connected;
  };
