import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CallLog, createCallLog } from './calls.ts';
import { createFiles } from './cdn/files.ts';
import { createCdnHandler } from './cdn/handle-cdn.ts';
import { createLinks } from './cdn/links.ts';
import { createControlHandler } from './control/handle-control.ts';
import { createGalleryHandler } from './gallery/handle-gallery.ts';
import type { App } from './graph/authorise.ts';
import { createGraphHandler } from './graph/handle-graph.ts';
import { createRowCache } from './graph/row-cache.ts';
import { createGuard } from './http/guard.ts';
import { createListener } from './http/listener.ts';
import { createScenarios, type Scenarios } from './scenarios/scenarios.ts';
import { DEMO_TOKENS } from './world/tokens.ts';
import type { Login, NewMedia } from './world/types.ts';
import { createWorld, type World } from './world/world.ts';

export interface SimulatorOptions {
  /** 0: any free port. */
  port?: number;
  host?: string;
  /** Another seed is another account. */
  seed?: number;
  /** How many media to generate, or which ones there are; default: the demo account of 250 with every oddity. */
  media?: number | readonly NewMedia[];
  /** Added to each call to the Graph API. */
  latencyMs?: number;
  /** How long CDN links are good. */
  linkLifetimeMs?: number;
  /** What CDN links begin with, each in turn, answer by answer; default: the address that the caller used. */
  cdnUrls?: readonly string[];
  /** Host names to answer to beside loopback ones. */
  allowedHosts?: readonly string[];
  app?: Partial<App>;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface Simulator {
  /** Where it listens. As base of Graph paths it takes tokens of either login. */
  readonly url: string;
  /** Bases of Graph paths that, like Meta's hosts, take tokens of their own login only. */
  readonly graphUrls: Readonly<Record<Login, string>>;
  /** Tokens of the first account; they do not change. */
  readonly tokens: Readonly<Record<Login, string>>;
  readonly app: App;
  readonly world: World;
  readonly scenarios: Scenarios;
  readonly calls: CallLog;
  readonly latencyMs: () => number;
  readonly setLatency: (ms: number) => void;
  /** Everything as it was at the start: world, latency, no scenarios, no calls. */
  readonly reset: () => void;
  /** Stops at once; calls under way are cut off. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const DAY_MS = 24 * 3_600_000;
export const DEMO_APP: App = { id: '1200000000000001', secret: 'simulator-app-secret', requiresProof: false };

/**
 * Starts a simulated Instagram.
 * @throws when the address cannot be listened on; the error is Node's own (`EADDRINUSE` …).
 */
export const createSimulator = async ({
  port = 0,
  host = '127.0.0.1',
  seed = 1,
  media,
  latencyMs: initialLatencyMs = 0,
  linkLifetimeMs = DAY_MS,
  cdnUrls = [],
  allowedHosts = [],
  app: givenApp = {},
  now = Date.now,
}: SimulatorOptions = {}): Promise<Simulator> => {
  const app = { ...DEMO_APP, ...givenApp };
  const world = createWorld({ seed, media, now });
  const scenarios = createScenarios();
  const calls = createCallLog(now);
  const files = createFiles({ isLocal: (hostname) => allowedHosts.includes(hostname) });
  const links = createLinks({ key: `simulator/${seed}`, lifetimeMs: linkLifetimeMs, now });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  let latencyMs = initialLatencyMs;
  const reset = (): void => {
    scenarios.clear();
    world.reset();
    calls.clear();
    latencyMs = initialLatencyMs;
  };
  const setLatency = (ms: number): void => {
    latencyMs = ms;
  };

  let answers = 0;
  const cdnUrl = (origin: string): string => {
    answers += 1;
    return cdnUrls[answers % cdnUrls.length] ?? origin;
  };

  const server = createServer(
    createListener({
      guard: createGuard(allowedHosts),
      graph: createGraphHandler({
        graph: { world, links, files, rows: createRowCache(), cdnUrl },
        app,
        scenarios,
        calls,
        latencyMs: () => latencyMs,
        closing: closing.signal,
      }),
      cdn: createCdnHandler(links, files),
      control: createControlHandler({ world, scenarios, calls, links, reset, latencyMs: () => latencyMs, setLatency }),
      gallery: createGalleryHandler(),
    }),
  );
  // longer than clients keep idle connections, which would otherwise meet a close with a call
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host }, resolve);
  });
  const { port: actualPort } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;

  const close = async (): Promise<void> => {
    closing.abort();
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    server.closeAllConnections();
    await closed;
  };
  return {
    url,
    graphUrls: { instagram: `${url}/graph.instagram.com`, facebook: `${url}/graph.facebook.com` },
    tokens: DEMO_TOKENS,
    app,
    world,
    scenarios,
    calls,
    latencyMs: () => latencyMs,
    setLatency,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  };
};
