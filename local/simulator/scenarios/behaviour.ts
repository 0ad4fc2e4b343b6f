import type { z } from 'zod';
import type { Call } from '../graph/call.ts';
import type { GraphError } from '../graph/errors.ts';
import type { Usage } from '../graph/usage.ts';

/** An answer that does not come from Graph's own code: a proxy's page, an empty 503, a redirect. */
interface RawReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * How the bytes leave: as they should; cut short in a complete answer; ending before the length that was announced; or
 * not at all, the connection being closed.
 */
export type Manner = 'whole' | 'cut' | 'unfinished' | 'reset';

/** What a scenario does to a call it acts on. All parts are optional; those given work together. */
export interface Behaviour {
  /** A condition of its own, beside the scope. */
  readonly applies?: (call: Call) => boolean;
  /** Changes `call.conditions`, or what else the answer is made from. */
  readonly bend?: (call: Call) => void;
  readonly usage?: Usage;
  readonly delayMs?: number;
  /** Holds the call until the scenario ends or the caller leaves. */
  readonly holds?: boolean;
  /** Keeps the call waiting until the scenario ends; then it goes on. */
  readonly waits?: boolean;
  /** What is answered in place of the answer. */
  readonly replace?: (call: Call) => GraphError | RawReply;
  /** Changes a successful answer's JSON; it may do so in place, and returns it. */
  readonly reshape?: (body: unknown, call: Call) => unknown;
  readonly manner?: Manner;
}

/** A kind of scenario: its parameters, and what they make it do. */
export interface Kind<Params extends z.ZodObject = z.ZodObject> {
  /** One line for people. */
  readonly summary: string;
  readonly params: Params;
  /** How often it acts unless told otherwise; default: always. */
  readonly times?: number;
  readonly behave: (params: z.output<Params>) => Behaviour;
}

export const defineKind = <Params extends z.ZodObject>(kind: Kind<Params>): Kind<Params> => kind;
