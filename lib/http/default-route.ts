import { type Endpoint, METHODS, pathsOf } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { preflightHeaders } from './cors.ts';
import type { ApiEvent, ApiResult, InvocationContext } from './event.ts';
import { frame } from './frame.ts';
import { encodePath, matchPath, withoutTrailingSlash } from './paths.ts';
import { type HttpSettings, httpSettings } from './settings.ts';

/** What becomes of a request that no route took. */
type Unrouted =
  | { outcome: 'redirect'; path: string }
  | { outcome: 'options' | 'method_not_allowed'; allow: readonly string[] }
  | { outcome: 'not_found' };

/**
 * Decides about a request that no route took. The root is redirected to the documentation, and a path under `/api/` without
 * a version to `/api/v1`. `OPTIONS` and a method that the path does not take get the methods that it takes. Any other path
 * is unknown. The gateway misses some known paths that have a trailing slash: they are redirected to the path without it.
 */
const resolveUnrouted = (contracts: readonly Endpoint[], method: string, path: string): Unrouted => {
  if (path === '/' && (method === 'GET' || method === 'HEAD')) return { outcome: 'redirect', path: '/docs' };
  const unversioned = /^\/api\/(?!v\d+(\/|$))(.+)$/s.exec(path)?.[2];
  if (unversioned !== undefined) return { outcome: 'redirect', path: `/api/v1/${unversioned}` };

  const atPath = contracts.filter((contract) => pathsOf(contract).some((template) => matchPath(template, path)));
  const taken = METHODS.filter((one) => atPath.some((contract) => contract.method === one));
  if (taken.length === 0) return { outcome: 'not_found' };
  const allow = [...taken.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])), 'OPTIONS'];
  if (method === 'OPTIONS') return { outcome: 'options', allow };
  if (!allow.includes(method)) return { outcome: 'method_not_allowed', allow };
  return path.endsWith('/') ? { outcome: 'redirect', path: withoutTrailingSlash(path) } : { outcome: 'not_found' };
};

/**
 * Makes the handler of `$default`, which answers every request that no route of `contracts` took: 308, 405 or 404, and 204
 * to `OPTIONS`, for which there are no routes.
 */
export const defaultRouteHandler = (
  contracts: readonly Endpoint[],
  overrides: Partial<HttpSettings> = {},
): ((event: ApiEvent, context: InvocationContext) => Promise<ApiResult>) => {
  const settings = { ...httpSettings(), ...overrides };
  return frame('$default', settings, async (event) => {
    const { rawPath, rawQueryString, requestContext } = event;
    const { http } = requestContext;
    const unrouted = resolveUnrouted(contracts, http.method, rawPath);
    switch (unrouted.outcome) {
      case 'redirect': {
        // Relative, so that it is right for any host name that the client used. It begins with `/api/v1/` or a known path.
        const location = `${settings.publicBaseUrl ?? ''}${encodePath(unrouted.path)}${withMark(rawQueryString)}`;
        return { statusCode: 308, headers: { Location: location } };
      }
      case 'options': {
        const Allow = unrouted.allow.join(', ');
        return { statusCode: 204, headers: { Allow, ...preflightHeaders(event, settings.apiOrigins, Allow) } };
      }
      case 'method_not_allowed': {
        const allow = unrouted.allow.join(', ');
        throw new ServiceError('method_not_allowed', `This path takes ${allow}`, { headers: { Allow: allow } });
      }
      case 'not_found':
        throw new ServiceError('not_found', 'There is nothing at this path');
    }
  });
};

/** A query string as it came, without characters that a header must not have. */
const withMark = (query: string): string =>
  query === '' ? '' : `?${query.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()))}`;
