import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, Manner } from '../scenarios/behaviour.ts';
import type { Acting } from '../scenarios/scenarios.ts';
import { type App, authorise } from './authorise.ts';
import type { Call } from './call.ts';
import { errorBody, GraphError, type GraphErrorFields } from './errors.ts';
import { toGraphJson } from './json.ts';
import { refresh } from './read-call.ts';
import { type Usage, usageHeaders } from './usage.ts';

/** What is sent back, and how. */
export interface Delivery {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly manner: Manner;
  /** Of the error that is answered; null: none, or one that is not Meta's. */
  readonly code: number | string | null;
  readonly subcode: number | null;
}

type Reply = Pick<Delivery, 'status' | 'headers' | 'body' | 'code' | 'subcode'>;

const JSON_HEADERS = { 'Content-Type': 'application/json; charset=UTF-8' };

const success = (body: string | Buffer): Reply => ({
  status: 200,
  headers: JSON_HEADERS,
  body,
  code: null,
  subcode: null,
});

const failure = (fields: GraphErrorFields, traceId: string): Reply => ({
  status: fields.status ?? 400,
  headers: JSON_HEADERS,
  body: toGraphJson(errorBody(fields, traceId)),
  code: fields.code,
  subcode: fields.subcode ?? null,
});

const replacement = (replace: NonNullable<Behaviour['replace']>, call: Call, traceId: string): Reply => {
  const replaced = replace(call);
  if (replaced instanceof GraphError) return failure(replaced.fields, traceId);
  const { status, contentType, body, headers } = replaced;
  return { status, headers: { 'Content-Type': contentType, ...headers }, body, code: null, subcode: null };
};

const perform = (call: Call, app: App, acting: readonly Acting[], traceId: string): Reply => {
  try {
    const text = authorise(call, app).answer(call);
    const reshapes = acting.flatMap(({ behaviour }) => behaviour.reshape ?? []);
    if (reshapes.length === 0) return success(text);
    return success(
      toGraphJson(reshapes.reduce<unknown>((body, reshape) => reshape(body, call), JSON.parse(text.toString()))),
    );
  } catch (error) {
    if (error instanceof GraphError) return failure(error.fields, traceId);
    throw error;
  }
};

/** The longest delay that a timer takes. */
const FOREVER_MS = 2 ** 31 - 1;

/** When to stop waiting. */
interface Ends {
  /** The simulator stops. */
  readonly closing: AbortSignal;
  /** The caller has left. */
  readonly isLeft: AbortSignal;
}

/**
 * Waits as the scenarios want. A slow call goes on even if its caller has left, so that a write can happen after its caller
 * gave up; a held call ends without effect. @throws AbortError when the call must not be answered any more.
 */
const wait = async (acting: readonly Acting[], { closing, isLeft }: Ends): Promise<void> => {
  for (const { behaviour, ended } of acting) {
    if (behaviour.delayMs) await delay(behaviour.delayMs, undefined, { signal: closing });
    if (behaviour.waits && !ended.aborted) await once(ended, 'abort', { signal: closing });
    if (behaviour.holds) await delay(FOREVER_MS, undefined, { signal: AbortSignal.any([closing, isLeft, ended]) });
  }
};

/** The connection is closed without an answer. */
const NOTHING: Delivery = { status: 0, headers: {}, body: '', manner: 'reset', code: null, subcode: null };

/**
 * Answers a call as the scenarios that act on it want. A scenario placed before the effect can prevent it; one placed after
 * it replaces the answer.
 */
export const answerCall = async (
  call: Call,
  acting: readonly Acting[],
  { app, latencyMs, ...ends }: Ends & { app: App; latencyMs: number },
): Promise<Delivery> => {
  const traceId = `A${randomBytes(16).toString('base64url')}`;
  if (latencyMs > 0) await delay(latencyMs, undefined, { signal: ends.closing });
  for (const { behaviour } of acting) behaviour.bend?.(call);

  const before = acting.filter(({ placement }) => placement === 'before');
  const after = acting.filter(({ placement }) => placement === 'after');
  await wait(before, ends);
  if (before.some(({ behaviour }) => behaviour.manner === 'reset')) return NOTHING;

  const refusal = firstReplacement(before);
  const performed = refusal ? replacement(refusal, call, traceId) : perform(refresh(call), app, acting, traceId);
  await wait(after, ends);
  const loss = firstReplacement(after);
  const reply = loss ? replacement(loss, call, traceId) : performed;

  const usage: Usage = Object.assign({}, ...acting.map(({ behaviour }) => behaviour.usage));
  return {
    ...reply,
    headers: {
      ...reply.headers,
      ...usageHeaders(call, usage),
      'facebook-api-version': call.version,
      'x-fb-trace-id': traceId,
      'Cache-Control': 'private, no-cache, no-store, must-revalidate',
    },
    manner: acting.find(({ behaviour }) => behaviour.manner)?.behaviour.manner ?? 'whole',
  };
};

const firstReplacement = (acting: readonly Acting[]): Behaviour['replace'] =>
  acting.find(({ behaviour }) => behaviour.replace)?.behaviour.replace;
