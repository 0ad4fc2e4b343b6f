import type { Controls } from './handle-control.ts';

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
