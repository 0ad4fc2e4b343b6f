import { type Endpoint, pathsOf, type Scope } from '../../lib/contract.ts';

/** A request's way to its function, as API Gateway's event names it. */
export interface Match {
  routeKey: string;
  entry: string;
  /** What the route's authorizer asks for; null on a route without one. */
  scope: Scope | null;
  /** Decoded; absent where the route has no placeholder. */
  pathParameters?: Record<string, string>;
}

interface RouteTemplate {
  method: string;
  path: string;
  segments: readonly string[];
  entry: string;
  scope: Scope | null;
}

const GREEDY = '{proxy+}';
const DEFAULT: Match = { routeKey: '$default', entry: 'default-route', scope: null };

/**
 * Finds the function for a method and an undecoded path, choosing as API Gateway does among the routes that `infra/` makes
 * of the same registry: each contract's paths, each again with a `{proxy+}` behind it (which takes the trailing slash, and
 * whatever else follows), and `$default`. The most specific wins: whole paths before greedy ones, the longer greedy one
 * before the shorter, a literal segment before a placeholder.
 */
export const createRouter = (routes: readonly { contract: Endpoint; entry: string }[]) => {
  const templates = routes
    .flatMap(({ contract, entry }) =>
      pathsOf(contract).flatMap((path) =>
        [path, `${path}/${GREEDY}`].map((each): RouteTemplate => {
          const { method, scope } = contract;
          return { method, path: each, segments: each.split('/'), entry, scope };
        }),
      ),
    )
    .sort(bySpecificity);

  return (method: string, path: string): Match => {
    const segments = path.split('/');
    for (const template of templates) {
      const params = template.method === method ? matchSegments(template.segments, segments) : null;
      if (params === null) continue;
      const { entry, scope } = template;
      const hasParams = Object.keys(params).length > 0;
      return { routeKey: `${method} ${template.path}`, entry, scope, ...(hasParams && { pathParameters: params }) };
    }
    return DEFAULT;
  };
};

const isGreedy = ({ segments }: RouteTemplate) => segments.at(-1) === GREEDY;

const bySpecificity = (a: RouteTemplate, b: RouteTemplate): number => {
  if (isGreedy(a) !== isGreedy(b)) return isGreedy(a) ? 1 : -1;
  if (isGreedy(a) && a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  const rank = ({ segments }: RouteTemplate) =>
    segments.map((segment) => (segment.startsWith('{') ? '1' : '0')).join('');
  return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0;
};

/** Gives the placeholders' values, decoded, or null where the path is another. */
const matchSegments = (template: readonly string[], path: readonly string[]): Record<string, string> | null => {
  const greedy = template.at(-1) === GREEDY;
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
