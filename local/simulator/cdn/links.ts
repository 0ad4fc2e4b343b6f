import { hash, randomBytes } from 'node:crypto';

/** A link's signature always has this many characters: mac, expiry and nonce with their names. */
const SIGNATURE_LENGTH = 14 + '&oe='.length + 8 + '&_nc_gid='.length + 12;

/** Stands for a signature until an answer is sent. Random, so that no caption can contain it; plain, so that JSON keeps it. */
const HOLE = randomBytes(SIGNATURE_LENGTH).toString('base64url').slice(0, SIGNATURE_LENGTH);

/** A piece of an answer, whole but for the signatures of its links. */
export interface LinkTemplate {
  readonly bytes: Buffer;
  /** Where signatures go. */
  readonly holes: readonly number[];
}

/** What the links of one answer have in common. */
export interface Signature {
  /** Where they point: scheme, host and port. */
  readonly base: string;
  readonly text: string;
  readonly bytes: Buffer;
}

export interface LinkOptions {
  /** The same key signs the same after a restart, so links kept by a client stay good. */
  key: string;
  lifetimeMs: number;
  now: () => number;
}

/**
 * Links to pictures and videos, signed anew at every read, and cheaply so: each carries the file's own mac, made once
 * with the template it is part of, and after it one mac for all links of the answer.
 */
export const createLinks = ({ key, lifetimeMs, now }: LinkOptions) => {
  const mac = (...parts: readonly string[]): string =>
    hash('sha256', [key, ...parts].join('\n'), 'base64url').slice(0, 14);

  const signature = (): string => {
    const expires = Math.floor((now() + lifetimeMs) / 1000)
      .toString(16)
      .padStart(8, '0');
    const nonce = randomBytes(9).toString('base64url');
    return `${mac('read', expires, nonce)}&oe=${expires}&_nc_gid=${nonce}`;
  };

  const linkUpToSignature = (file: string, base: string): string =>
    `${base}/cdn/${file}?stp=dst-jpg_e35_tt6&_nc_cat=${100 + (file.length % 12)}&ccb=7-5&_nc_sid=18de74&oh=00_Af${mac('file', file)}`;

  return {
    /** A file's link, to be signed when the answer it stands in is sent. */
    unsigned: (file: string, { base }: Signature): string => `${linkUpToSignature(file, base)}${HOLE}`,

    /** For the links of one answer. */
    sign: (base: string): Signature => {
      const text = signature();
      return { base, text, bytes: Buffer.from(text, 'latin1') };
    },

    /** A file's link, ready to be used. */
    linkTo: (file: string, base: string): string => `${linkUpToSignature(file, base)}${signature()}`,

    /** Whether a link's query was signed for this file and is still good. */
    isGood: (file: string, query: URLSearchParams): boolean => {
      const expires = query.get('oe') ?? '';
      if (!/^[0-9a-f]{8}$/.test(expires) || Number.parseInt(expires, 16) * 1000 < now()) return false;
      return query.get('oh') === `00_Af${mac('file', file)}${mac('read', expires, query.get('_nc_gid') ?? '')}`;
    },
  };
};

export type Links = ReturnType<typeof createLinks>;

/** Signs the links in a text. */
export const signText = (text: string, { text: signature }: Signature): string => text.replaceAll(HOLE, signature);

/** Keeps a text (ASCII) for being signed again and again. */
export const toTemplate = (text: string): LinkTemplate => {
  const holes: number[] = [];
  for (let at = text.indexOf(HOLE); at >= 0; at = text.indexOf(HOLE, at + SIGNATURE_LENGTH)) holes.push(at);
  return { bytes: Buffer.from(text, 'latin1'), holes };
};

const COMMA = 0x2c;

/** The pieces one after the other, a comma between, all signed. */
export const joinTemplates = (templates: readonly LinkTemplate[], { bytes: signature }: Signature): Buffer => {
  const length = templates.reduce((sum, { bytes }) => sum + bytes.length + 1, 0);
  const joined = Buffer.allocUnsafe(Math.max(0, length - 1));
  let at = 0;
  for (const { bytes, holes } of templates) {
    if (at > 0) joined[at - 1] = COMMA;
    joined.set(bytes, at);
    for (const hole of holes) joined.set(signature, at + hole);
    at += bytes.length + 1;
  }
  return joined;
};
