/** `Idempotency-Key` as HTTP says it. What a key replays, and when, is decided in `lib/intents/accept.ts`. */
import type { RequestContext } from './api-handler.ts';
import { type Reply, replayedHeaders, reply } from './reply.ts';

/** A client's key for its request (`Idempotency-Key`). The same text from another client is another key. */
export const clientKeyOf = (
  { 'idempotency-key': key }: { 'idempotency-key'?: string | undefined },
  { caller }: Pick<RequestContext, 'caller'>,
): { principal: string; key: string } | null => (key === undefined ? null : { principal: caller.principal, key });

/** `201`, marked if it is the answer to an earlier request with the same key. */
export const createdOnce = <Body>(body: Body, replayed: boolean): Reply<201, Body> =>
  reply(201, body, replayedHeaders(replayed));
