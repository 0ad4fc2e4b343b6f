import { z } from 'zod';
import { type Exchange, HttpError, readJson, sendJson } from '../http/exchange.ts';
import { callRoutes } from './calls.ts';
import { commentRoutes } from './comments.ts';
import { mediaRoutes } from './media.ts';
import { publishingRoutes } from './publishing.ts';
import type { ControlRoute, Controls } from './route.ts';
import { scenarioRoutes } from './scenarios.ts';
import { stateRoutes } from './state.ts';

const ROUTES: readonly ControlRoute[] = [
  ...stateRoutes,
  ...callRoutes,
  ...mediaRoutes,
  ...commentRoutes,
  ...publishingRoutes,
  ...scenarioRoutes,
];

/** `/media/{id}` as a pattern for what follows `/_simulator`. */
const toPattern = (path: string): RegExp => new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`);

const COMPILED = ROUTES.map((route) => ({ ...route, pattern: toPattern(route.path) }));

const toHttpError = (error: unknown): unknown => {
  if (error instanceof z.ZodError) {
    return new HttpError(
      400,
      error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '),
    );
  }
  // the world throws it for what it cannot do
  return error instanceof TypeError ? new HttpError(400, error.message) : error;
};

/** The control API under `/_simulator`: tests and people use it to make things happen. */
export const createControlHandler =
  (controls: Controls) =>
  async ({ request, response, url }: Exchange): Promise<void> => {
    const path = url.pathname.slice('/_simulator'.length) || '/';
    const matching = COMPILED.filter(({ pattern }) => pattern.test(path));
    if (matching.length === 0) throw new HttpError(404, 'No such control; GET /_simulator lists them');
    const route = matching.find(({ method }) => method === request.method);
    if (!route) throw new HttpError(405, `Allowed: ${matching.map(({ method }) => method).join(', ')}`);
    const body = await readJson(request);
    try {
      const params = route.pattern.exec(path)?.groups ?? {};
      const { status = 200, body: answer } = route.answer(
        { params, query: url.searchParams, body, origin: url.origin },
        controls,
      );
      sendJson(response, status, answer);
    } catch (error) {
      throw toHttpError(error);
    }
  };
