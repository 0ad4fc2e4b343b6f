import { isIP } from 'node:net';
import { z } from 'zod';
import { isPublicAddress } from './public-address.ts';

/** Long enough for a link signed with a session token. */
const MAX_URL_LENGTH = 4_096;

/** Last labels that name something inside a network: reserved ones (RFC 6761, 6762, ICANN; `arpa` with `home.arpa`), and common habit. */
const INTERNAL_NAMES = /(^|\.)(localhost|local|localdomain|internal|intranet|private|corp|lan|home|arpa)$/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Why this URL cannot be given to Instagram, in words for the caller; null: it can. Nothing is resolved or fetched:
 * Instagram does that, and says itself what it cannot fetch.
 */
export const whyNotPublic = (given: string): string | null => {
  if (given.length > MAX_URL_LENGTH) return `must have at most ${MAX_URL_LENGTH} characters`;
  // Before parsing: the URL parser drops tabs and line breaks, turns `\` into `/`, and maps full-width dots and digits.
  if (!/^[\x21-\x7e]+$/.test(given) || given.includes('\\')) {
    return 'must be ASCII without spaces or backslashes: encode other characters';
  }
  const [, authority] = /^https?:\/\/([^/?#]+)/i.exec(given) ?? [];
  if (authority === undefined || !URL.canParse(given)) return 'must be an http or https URL';
  if (authority.includes('@')) return 'must not name a user or password';

  // The parser has normalized every other spelling of an IPv4 address: octal, hexadecimal, a single number, `127.1`.
  const { hostname } = new URL(given);
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(address) !== 0) return isPublicAddress(address) ? null : 'must not name an address inside a network';
  return whyNotPublicName(hostname.endsWith('.') ? hostname.slice(0, -1) : hostname);
};

const whyNotPublicName = (name: string): string | null => {
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((label) => LABEL.test(label))) return 'must name a valid host';
  if (labels.length < 2 || INTERNAL_NAMES.test(name)) return 'must name a host on the public internet';
  return null;
};

/** The URL of a file that Instagram will fetch: public as far as its text tells, and passed on unchanged. */
export const publicUrlSchema = z
  .string()
  .superRefine((given, context) => {
    const message = whyNotPublic(given);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({
    description: 'Public http or https URL; Instagram fetches it when the media is published',
    format: 'uri',
    maxLength: MAX_URL_LENGTH,
    example: 'https://files.example.com/harbour.jpg',
  });
