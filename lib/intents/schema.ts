import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { failureSchema } from '../failure.ts';

/**
 * `sending` under way, or cut off by a crash · `pending` no effect yet, may be sent later · `unknown` it may have had
 * an effect · `confirmed` it had its effect · `refused` it had none, and will have none · `abandoned` nobody will ever
 * know.
 */
export const intentStateSchema = z.enum(['sending', 'pending', 'unknown', 'confirmed', 'refused', 'abandoned']);

export type IntentState = z.output<typeof intentStateSchema>;

/** The final answer to a request: a body, or a failure. */
export const outcomeSchema = z.union([
  z.strictObject({ status: z.int(), body: z.json() }),
  z.strictObject({ failure: failureSchema }),
]);
export type Outcome = z.output<typeof outcomeSchema>;

const relativeMs = z.number();

/** A row of `intents`. Milliseconds are from the moment it was read, by the database's clock; negative: in the past. */
export const intentRowSchema = z.strictObject({
  account_id: idSchema,
  id: idSchema,
  kind: z.string(),
  target_id: z.string(),
  post_id: idSchema.nullable(),
  parent_id: idSchema.nullable(),
  text: z.string().nullable(),
  text_digest: z.string(),
  state: intentStateSchema,
  attempt: z.int(),
  fence: z.int(),
  first_attempt_at: timestampSchema,
  send_by: timestampSchema,
  settle_until: timestampSchema.nullable(),
  resendable: z.boolean(),
  absent_reads: z.int(),
  background_reads: z.int(),
  external_id: z.string().nullable(),
  evidence: z.enum(['answer', 'readback']).nullable(),
  verify: z.boolean(),
  second_effects: z.array(z.string()),
  request_hash: z.string(),
  outcome: outcomeSchema.nullable(),
  error: failureSchema.nullable(),
  first_attempt_age_ms: relativeMs,
  send_in_ms: relativeMs,
  settle_in_ms: relativeMs.nullable(),
  read_in_ms: relativeMs.nullable(),
  retry_in_ms: relativeMs.nullable(),
});
export type IntentRow = z.output<typeof intentRowSchema>;

/**
 * `taken`: those of the effects that belong to other intents. `unclear`: another intent may own one of them, but nobody
 * knows which.
 */
export const rivalsSchema = z.strictObject({ taken: z.array(z.string()), unclear: z.boolean() });
export type Rivals = z.output<typeof rivalsSchema>;

export interface IntentKey {
  account_id: number;
  id: number;
}

/** What a new intent shall do, and the key by which its request is known. */
export interface IntentInput {
  account_id: number;
  kind: string;
  target_id: string;
  post_id: number | null;
  parent_id: number | null;
  text: string | null;
  text_digest: string;
  /** null: the request had no key, and got one of ours. */
  principal: string | null;
  idempotency_key: string;
  request_hash: string;
}

/** How long a send may last, how long after it an effect may take to show, and how far apart two read-backs must be. */
export interface IntentTiming {
  sendMs: number;
  settleMs: number;
  spacingMs: number;
}
