/** `$default`: every request that no route takes; 404, 405 with `Allow`, or 308 to the versioned path. */
import { defaultRouteHandler } from '../lib/http/default-route.ts';
import { routes } from './routes.ts';

export const handler = defaultRouteHandler(routes.map(({ contract }) => contract));
