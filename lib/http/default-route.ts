import { httpEnv, parseEnv } from '../config.ts';
import { type Endpoint, METHODS, type Method, pathsOf } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import type { ApiEvent, ApiResult, InvocationContext } from './event.ts';
import { frame } from './frame.ts';
import { encodePath, matchPath, withoutTrailingSlash } from './paths.ts';

/** What becomes of a request that no route took. */
type Unrouted =
  | { outcome: 'redirect'; path: string }
  | { outcome: 'method_not_allowed'; allow: readonly Method[] }
  | { outcome: 'not_found' };

/**
 * Decides about a request that no route took: the root leads to the documentation; a path under `/api/` without a version belongs under `/api/v1`; a known path
 * does not take the method; or nobody knows the path. A known path and method that come here with a trailing slash were
 * missed by the gateway, and are sent to the path without it.
 */
const resolveUnrouted = (contracts: readonly Endpoint[], method: string, path: string): Unrouted => {
  if (path === '/' && (method === 'GET' || method === 'HEAD')) return { outcome: 'redirect', path: '/docs' };
  const unversioned = /^\/api\/(?!v\d+(\/|$))(.+)$/s.exec(path)?.[2];
  if (unversioned !== undefined) return { outcome: 'redirect', path: `/api/v1/${unversioned}` };

  const atPath = contracts.filter((contract) => pathsOf(contract).some((template) => matchPath(template, path)));
  const allow = METHODS.filter((one) => atPath.some((contract) => contract.method === one));
  if (allow.length === 0) return { outcome: 'not_found' };
  if (!allow.some((one) => one === method)) return { outcome: 'method_not_allowed', allow };
  return path.endsWith('/') ? { outcome: 'redirect', path: withoutTrailingSlash(path) } : { outcome: 'not_found' };
};

/** Makes the handler of `$default`, which answers every request that no route of `contracts` took: 308, 405 or 404. */
export const defaultRouteHandler = (
  contracts: readonly Endpoint[],
  { publicBaseUrl = parseEnv(httpEnv).PUBLIC_BASE_URL }: { publicBaseUrl?: string | undefined } = {},
): ((event: ApiEvent, context: InvocationContext) => Promise<ApiResult>) =>
  frame('$default', async ({ rawPath, rawQueryString, requestContext: { http } }) => {
    const unrouted = resolveUnrouted(contracts, http.method, rawPath);
    switch (unrouted.outcome) {
      case 'redirect': {
        // Relative, so that it holds for whatever name the client used; the path always begins with `/api/v1/` or ours.
        const location = `${publicBaseUrl ?? ''}${encodePath(unrouted.path)}${withMark(rawQueryString)}`;
        return { statusCode: 308, headers: { Location: location } };
      }
      case 'method_not_allowed': {
        const allow = unrouted.allow.join(', ');
        throw new ServiceError('method_not_allowed', `This path takes ${allow}`, { headers: { Allow: allow } });
      }
      case 'not_found':
        throw new ServiceError('not_found', 'There is nothing at this path');
    }
  });

/** A query string as it came, but for what may not stand in a header. */
const withMark = (query: string): string =>
  query === '' ? '' : `?${query.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()))}`;
