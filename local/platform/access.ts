import { lookup } from 'node:dns/promises';

/** Names and addresses that can only mean this machine. */
const LOOPBACK = /^(localhost|[\w-]+(\.[\w-]+)*\.localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1'));

/** The host of a `Host` header or of an origin, without its port; null if it is anything else than a host and a port. */
const hostOf = (authority: string): string | null =>
  /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.exec(authority)?.[1]?.toLowerCase() ?? null;

/** The host and port of an `Origin` header; null for `null` and for anything that is not a web origin. */
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
  /** Further names that are served, in lower case; pages of the same name may call, too. */
  hosts: 'any' | readonly string[];
  /** Other origins whose pages may call. */
  origins?: readonly string[];
  /** Reading has no effect here, so any page may embed what is served, as with files. */
  embeddable?: boolean;
}

/** Whether a person followed a link or typed the address; false for an image, a frame or a script of another page. */
const isVisit = (headers: Headers): boolean =>
  headers['sec-fetch-mode'] === 'navigate' &&
  headers['sec-fetch-dest'] === 'document' &&
  headers['sec-fetch-user'] === '?1';

/**
 * Why a request is refused; null: it is not. Everybody who reaches the loopback address is trusted, but a web page in the
 * user's browser reaches it, too. Three headers show such a page: `Host`, if its own name resolves to 127.0.0.1 (DNS
 * rebinding); `Origin`, if it posts from elsewhere; `Sec-Fetch-Site`, if it has us as an `<img>`, since some `GET`s call
 * Instagram.
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
    `HOST: others can reach ${host}, and could act on the Instagram account: set OIDC_ISSUER and OIDC_AUDIENCE, or ALLOW_OPEN_BIND=true to serve it without tokens`,
  );
};
