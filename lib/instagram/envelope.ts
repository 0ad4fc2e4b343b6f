import type { InstagramDetails } from '../errors.ts';
import { excerptOf } from './redact.ts';

/** An error answer, read from any of the shapes that Meta uses. */
export interface Envelope {
  details: InstagramDetails;
  userMessage: string | null;
  isTransient: boolean;
}

/**
 * Reads the error out of an answer's JSON; `null`: there is none. Looks for an `error` key under every HTTP status, accepts
 * numbers written as text, and knows the flat form of Instagram's login (`error_type`, `error_message`).
 */
export const readEnvelope = (json: unknown, secrets: readonly string[]): Envelope | null => {
  if (!isRecord(json)) return null;
  const flat = typeof json.error_message === 'string' || typeof json.error_type === 'string';
  const error = json.error ?? (flat ? { ...json, message: json.error_message } : null);
  if (typeof error === 'string') return readEnvelope({ error: { message: error } }, secrets);
  if (!isRecord(error)) return null;
  const text = (value: unknown, maxBytes?: number) =>
    typeof value === 'string' && value !== '' ? excerptOf(value, secrets, maxBytes) : null;
  return {
    details: {
      code: toInteger(error.code),
      error_subcode: toInteger(error.error_subcode),
      message: text(error.message) ?? 'Instagram gave no reason',
      fbtrace_id: text(error.fbtrace_id, 64),
    },
    userMessage: text(error.error_user_msg),
    isTransient: error.is_transient === true,
  };
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toInteger = (value: unknown): number | null => {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
};
