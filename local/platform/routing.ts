import type { Endpoint, Scope } from '../../lib/contract.ts';
import { type GatewayRoute, gatewayRoutes } from '../../lib/http/gateway-routes.ts';

/** The route of a request, as API Gateway's event names it. */
export interface Match {
  routeKey: string;
  entry: string;
  /** The scope that the route's authorizer demands; null: the route has no authorizer. */
  scope: Scope | null;
  /** Decoded; absent where the route has no placeholder. */
  pathParameters?: Record<string, string>;
}

const GREEDY = '{proxy+}';
const DEFAULT: Match = { routeKey: '$default', entry: 'default-route', scope: null };

/**
 * Finds the function for a method and an undecoded path among the gateway's routes, as API Gateway does. The most specific
 * route wins: whole paths before greedy ones, the longer greedy one before the shorter, a literal segment before a
 * placeholder; then `$default`.
 */
export const createRouter = (registry: readonly { contract: Endpoint; entry: string }[]) => {
  const templates = gatewayRoutes(registry)
    .map((route) => ({ ...route, segments: route.path.split('/') }))
    .sort(bySpecificity);

  return (method: string, path: string): Match => {
    const given = path.split('/');
    for (const { segments, entry, scope, ...route } of templates) {
      const params = route.method === method ? matchSegments(segments, given) : null;
      if (params === null) continue;
      const hasParams = Object.keys(params).length > 0;
      return { routeKey: `${method} ${route.path}`, entry, scope, ...(hasParams && { pathParameters: params }) };
    }
    return DEFAULT;
  };
};

type Template = GatewayRoute & { segments: readonly string[] };

const isGreedy = (segments: readonly string[]): boolean => segments.at(-1) === GREEDY;

const bySpecificity = ({ segments: a }: Template, { segments: b }: Template): number => {
  if (isGreedy(a) !== isGreedy(b)) return isGreedy(a) ? 1 : -1;
  if (isGreedy(a) && a.length !== b.length) return b.length - a.length;
  const rank = (segments: readonly string[]) => segments.map((part) => (part.startsWith('{') ? '1' : '0')).join('');
  return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0;
};

/** The placeholders' values, decoded; null if the path does not match. */
const matchSegments = (template: readonly string[], path: readonly string[]): Record<string, string> | null => {
  const greedy = isGreedy(template);
  const fixed = greedy ? template.slice(0, -1) : template;
  if (greedy ? path.length < template.length : path.length !== template.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of fixed.entries()) {
    const given = decodeURIComponent(path[index] ?? '');
    const name = /^\{(\w+)\}$/.exec(wanted)?.[1];
    if (name === undefined ? given !== wanted : given === '') return null;
    if (name !== undefined) params[name] = given;
  }
  if (greedy) params.proxy = decodeURIComponent(path.slice(fixed.length).join('/'));
  return params;
};
