import { type Endpoint, METHODS, type Method, pathsOf, type Scope } from '../contract.ts';

/** A route as the gateway has it, in front of one function. */
export interface GatewayRoute {
  method: Method | 'HEAD';
  /** With its placeholders; `/{proxy+}` at the end of the sibling that takes the trailing slash. */
  path: string;
  entry: string;
  /** The scope that the route's authorizer demands; null: the route has no authorizer. */
  scope: Scope | null;
}

const GATEWAY_METHODS = [...METHODS, 'HEAD'] as const;

/** The function behind `$default`. */
const DEFAULT_ENTRY = 'default-route';

/**
 * The gateway's routes for a registry: the paths of each contract, and for each a sibling that ends in `/{proxy+}`, for the
 * trailing slash. `HEAD` goes where `GET` goes, and needs the same scope. `OPTIONS` has no route: `$default` answers it, and
 * needs no token, because browsers send none with a preflight.
 * A sibling also takes the paths below it (`POST /sync/{proxy+}` takes `POST /sync/5`), which must be answered with 405. So
 * each known path has routes of its own for those methods, to the function behind `$default`: to the gateway, a whole path
 * comes before a greedy one.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export const gatewayRoutes = (registry: readonly { contract: Endpoint; entry: string }[]): GatewayRoute[] => {
  const served = registry.flatMap(({ contract, entry }) =>
    pathsOf(contract).flatMap((path) =>
      methodsOf(contract).map((method): GatewayRoute => ({ method, path, entry, scope: contract.scope })),
    ),
  );
  const paths = new Map(served.map(({ path }) => [unnamed(path), path]));
  const refusing = [...paths.values()].flatMap((path) =>
    GATEWAY_METHODS.filter((method) => {
      const sameMethod = served.filter((route) => route.method === method);
      return (
        !sameMethod.some((route) => unnamed(route.path) === unnamed(path)) &&
        sameMethod.some((route) => isAbove(route.path, path))
      );
    }).map((method): GatewayRoute => ({ method, path, entry: DEFAULT_ENTRY, scope: null })),
  );
  return [...served, ...refusing].flatMap((route) => [route, { ...route, path: `${route.path}/{proxy+}` }]);
};

const methodsOf = ({ method }: Endpoint): readonly GatewayRoute['method'][] =>
  method === 'GET' ? ['GET', 'HEAD'] : [method];

/** To the gateway, two paths are the same if only the names of their placeholders differ. */
const unnamed = (path: string): string => path.replace(/\{\w+\}/g, '{}');

/** Whether the greedy sibling of `upper` also takes requests for `lower`. */
const isAbove = (upper: string, lower: string): boolean => {
  const above = unnamed(upper).split('/');
  const below = unnamed(lower).split('/');
  return above.length < below.length && above.every((part, index) => part === '{}' || part === below[index]);
};
