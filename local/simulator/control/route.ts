import type { CallLog } from '../calls.ts';
import type { Links } from '../cdn/links.ts';
import type { Scenarios } from '../scenarios/scenarios.ts';
import type { World } from '../world/world.ts';

/** What the control API can read and change. */
export interface Controls {
  readonly world: World;
  readonly scenarios: Scenarios;
  readonly calls: CallLog;
  readonly links: Links;
  readonly reset: () => void;
  readonly latencyMs: () => number;
  readonly setLatency: (ms: number) => void;
}

interface ControlRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Scheme, host and port the caller used. */
  readonly origin: string;
}

/** One control. A `ZodError` or `TypeError` it throws is the caller's fault. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** What follows `/_simulator`, with `{name}` for parameters. */
  readonly path: string;
  readonly answer: (request: ControlRequest, controls: Controls) => { status?: number; body: unknown };
}
