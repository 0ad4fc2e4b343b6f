import { type Endpoint, METHODS, type Method, pathsOf, type Scope } from '../contract.ts';

/** A route as the gateway has it, in front of one function. */
export interface GatewayRoute {
  method: Method | 'HEAD';
  /** With its placeholders; `/{proxy+}` at the end of the sibling that takes the trailing slash. */
  path: string;
  entry: string;
  /** What the route's authorizer asks for; null on a route without one. */
  scope: Scope | null;
}

const GATEWAY_METHODS = [...METHODS, 'HEAD'] as const;

/** The function behind `$default`. */
const DEFAULT_ENTRY = 'default-route';

/**
 * The gateway's routes for a registry: each contract's paths, each again with `/{proxy+}` behind it, for the trailing slash;
 * `HEAD` goes where `GET` goes, and asks for the same scope. `OPTIONS` has no route: `$default`, which answers it, asks for
 * no token, and browsers send none with a preflight.
 * Such a sibling also swallows the paths below it (`POST /sync/{proxy+}` takes `POST /sync/5`), where the answer must be
 * 405: each known path gets those methods as routes of its own, to the function behind `$default`. A whole path wins over
 * a greedy one.
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

/** Two paths that differ in the names of placeholders only are one path to the gateway. */
const unnamed = (path: string): string => path.replace(/\{\w+\}/g, '{}');

/** Whether the greedy sibling of `upper` takes some request for `lower`. */
const isAbove = (upper: string, lower: string): boolean => {
  const above = unnamed(upper).split('/');
  const below = unnamed(lower).split('/');
  return above.length < below.length && above.every((part, index) => part === '{}' || part === below[index]);
};
