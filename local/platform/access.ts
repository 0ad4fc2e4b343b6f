import { lookup } from 'node:dns/promises';

/** Names and addresses that only this machine can mean. */
const LOOPBACK = /^(localhost|[\w-]+(\.[\w-]+)*\.localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1'));

/** The host of a `Host` header or of an origin, without its port; null for what is no plain authority. */
const hostOf = (authority: string): string | null =>
  /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.exec(authority)?.[1]?.toLowerCase() ?? null;

/** The authority an `Origin` header names; null for `null` and for what is no web origin. */
const authorityOf = (origin: string): string | null =>
  /^https?:\/\/([^/\s]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? null;

interface Headers {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | undefined;
  readonly 'sec-fetch-mode'?: string | undefined;
  readonly 'sec-fetch-dest'?: string | undefined;
  readonly 'sec-fetch-user'?: string | undefined;
}

export interface AccessOptions {
  /** Served beside loopback names, in lower case, and pages of that same host. */
  hosts: 'any' | readonly string[];
  /** Whose pages may call us from elsewhere. */
  origins?: readonly string[];
  /** What is read here does nothing, and may stand in any page, as files do. */
  embeddable?: boolean;
}

/** Whether a person has followed a link to us, or typed our address: not an image, a frame or a script of another page. */
const isVisit = (headers: Headers): boolean =>
  headers['sec-fetch-mode'] === 'navigate' &&
  headers['sec-fetch-dest'] === 'document' &&
  headers['sec-fetch-user'] === '?1';

/**
 * Why a request is refused, or null. Whoever reaches the loopback address is trusted, but so is every page that the user's
 * browser shows: a page's own name resolved to 127.0.0.1 (DNS rebinding) shows in `Host`, a page that posts to us from
 * elsewhere in `Origin`, one that has us as an `<img>` in `Sec-Fetch-Site`: some `GET`s call Instagram.
 */
export const refusalOf = (
  method: string,
  headers: Headers,
  { hosts, origins = [], embeddable = false }: AccessOptions,
): string | null => {
  const host = hostOf(headers.host ?? '');
  const isServed = host !== null && (isLoopback(host) || hosts === 'any' || hosts.includes(host));
  if (!isServed) return 'The Host header names no loopback address (ALLOWED_HOSTS allows others)';
  if (headers.origin !== undefined) {
    if (origins.includes(headers.origin)) return null;
    const authority = authorityOf(headers.origin);
    const own =
      authority !== null && (isLoopback(hostOf(authority) ?? '') || authority === headers.host?.toLowerCase());
    return own ? null : 'Requests from the pages of other sites are refused (Origin)';
  }
  const isRead = method === 'GET' || method === 'HEAD';
  return headers['sec-fetch-site'] === 'cross-site' && !(isRead && (embeddable || isVisit(headers)))
    ? 'Requests from the pages of other sites are refused (Sec-Fetch-Site)'
    : null;
};

/**
 * The address to listen on.
 * @throws {Error} one line, for a name that does not resolve, and for any but a loopback address unless `open`.
 */
export const bindAddress = async (host: string, open: boolean): Promise<string> => {
  const { address } = await lookup(host).catch((cause: unknown) => {
    throw new Error(`HOST: ${host} is no address of this machine`, { cause });
  });
  if (open || isLoopback(address)) return address;
  throw new Error(
    `HOST: ${host} is no loopback address, and whoever reaches it could act on the account: set ALLOW_OPEN_BIND=true to serve it all the same`,
  );
};
