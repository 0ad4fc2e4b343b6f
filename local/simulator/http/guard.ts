import type { IncomingMessage } from 'node:http';
import { HttpError } from './exchange.ts';

const isLoopback = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(name);

const hostNameOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).hostname : null);

/**
 * Admits requests that name this machine or an allowed host. Refuses a web page whose own name resolves here (DNS
 * rebinding), or that posts from elsewhere. @throws {HttpError} 403
 */
export const createGuard = (allowedHosts: readonly string[]) => {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  const isAllowed = (name: string | null): boolean => name !== null && (isLoopback(name) || allowed.has(name));

  return ({ headers: { host, origin } }: IncomingMessage): void => {
    if (!isAllowed(hostNameOf(`http://${host ?? ''}`))) {
      throw new HttpError(
        403,
        'The simulator answers to loopback names only; INSTAGRAM_SIMULATOR_ALLOWED_HOSTS allows others',
      );
    }
    if (origin !== undefined && !isAllowed(hostNameOf(origin))) {
      throw new HttpError(403, 'The simulator answers to web pages of loopback names only');
    }
  };
};
