import type { ApiEvent } from './event.ts';
import { encodePath } from './paths.ts';

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** `Host`, split into name and port; undefined if it is anything else than a name and a port. */
const parseHost = (host: string | undefined): { name: string; port: string } | undefined => {
  const [, name, port = ''] = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.exec(host ?? '') ?? [];
  return name === undefined ? undefined : { name, port };
};

/**
 * What links begin with, without a slash at the end: the configured address, else the domain that the request came to. The
 * port is taken from `Host` only if that names the same domain, so that a forged header sends nobody elsewhere.
 */
export const baseUrlOf = ({ requestContext: { domainName }, headers }: ApiEvent, publicBaseUrl?: string): string => {
  if (publicBaseUrl !== undefined) return publicBaseUrl;
  const host = parseHost(headers.host);
  const bare = (name: string) => name.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const authority = host && bare(host.name) === bare(domainName) ? `${host.name}${host.port}` : domainName;
  return `${LOOPBACK.test(domainName) ? 'http' : 'https'}://${authority}`;
};

/** Node reads at most 16 KB of an answer's headers, and each link repeats the filters. */
const MAX_LINK_HEADER_CHARACTERS = 4_000;

interface Cursors {
  next: string | null;
  previous: string | null;
}

const isPage = (body: unknown): body is Cursors =>
  typeof body === 'object' && body !== null && 'results' in body && 'next' in body && 'previous' in body;

/** Turns a page's cursors into absolute links to the same list; any other body is left as it is. */
export const withPageLinks = (
  body: unknown,
  { baseUrl, path, rawQueryString }: { baseUrl: string; path: string; rawQueryString: string },
): unknown => {
  if (!isPage(body)) return body;
  const link = (cursor: string | null) => {
    if (cursor === null) return null;
    const query = new URLSearchParams(rawQueryString);
    query.set('cursor', cursor);
    return `${baseUrl}${encodePath(path)}?${query}`;
  };
  return { ...body, next: link(body.next), previous: link(body.previous) };
};

/** The `Link` header (RFC 8288), as `next` and `previous` of the page; left out if it would be too long. */
export const linkHeader = (body: unknown): { Link?: string } => {
  if (!isPage(body)) return {};
  const links = (['next', 'previous'] as const).flatMap((rel) =>
    body[rel] === null ? [] : [`<${body[rel]}>; rel="${rel}"`],
  );
  const Link = links.join(', ');
  return Link === '' || Link.length > MAX_LINK_HEADER_CHARACTERS ? {} : { Link };
};
