import { toStorableText } from './text.ts';

const MASK = '[redacted]';

/** Names whose values are credentials, in queries, form bodies, JSON (also escaped) and headers. */
const SECRET_NAMES = [
  'access_token',
  'input_token',
  'fb_exchange_token',
  'refresh_token',
  'client_secret',
  'app_secret',
  'appsecret_proof',
  'hub\\.verify_token',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-credential',
].join('|');

const PATTERNS: readonly [pattern: RegExp, replacement: string][] = [
  // Links to further pages hold the token; a truncated one has no closing quote.
  [/(\\*"(?:next|previous)\\*"\s*:\s*\\*")(?:[^"\\]|\\.)*/gi, `$1${MASK}`],
  [
    new RegExp(`((?:${SECRET_NAMES})\\\\*["']?\\s*(?:=|:|%3D)\\s*\\\\*["']?)[^&\\s"'\\\\<>,;)}\\]]+`, 'gi'),
    `$1${MASK}`,
  ],
  [/([?&]code=)[^&\s"'<>#]+/gi, `$1${MASK}`],
  [/\b(Bearer(?:\s|%20)+)[^\s"',<>]+/gi, `$1${MASK}`],
  [/\b(OAuth(?:\s|%20)+)[^\s"',<>]{16,}/gi, `$1${MASK}`], // shorter: words, as in "Invalid OAuth access token"
  [/(authorization\\*["']?\s*[:=]\s*\\*["']?)(?!Bearer|OAuth)[^\s"',<>]+/gi, `$1${MASK}`],
  [/\b(?:IGAA|IGQ|EAA)[A-Za-z0-9_-]{8,}/g, MASK], // user and page tokens
  [/\b\d{6,}(?:\||%7C)[A-Za-z0-9_-]{8,}/gi, MASK], // app tokens: `{app-id}|{app-secret}`
];

/**
 * Removes every credential from a text: the `secrets`, wherever they are (Meta's messages repeat a malformed token), and
 * whatever looks like a credential. Every text from outside passes through here before it is logged or kept in an error.
 */
export const redact = (text: string, secrets: readonly string[] = []): string => {
  const spellings = secrets.filter((secret) => secret.length >= 4).flatMap((one) => [one, encodeURIComponent(one)]);
  const known = spellings.reduce((left, secret) => left.replaceAll(secret, MASK), text);
  return PATTERNS.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), known);
};

const MAX_SCANNED_CHARACTERS = 65_536;

/** The beginning of a text from outside, safe to keep. It is redacted first and cut then, so no half of a token remains. */
export const excerptOf = (text: string, secrets: readonly string[], maxBytes = 500): string => {
  const shown = toStorableText(redact(text.slice(0, MAX_SCANNED_CHARACTERS), secrets));
  const bytes = new TextEncoder().encode(shown);
  // `stream` leaves out a character that was cut in two
  return bytes.length <= maxBytes ? shown : new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
};
