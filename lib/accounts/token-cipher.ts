import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { clientConfig } from '../aws-client.ts';
import { ServiceError } from '../errors.ts';
import { once } from '../once.ts';

/** An access token as it is stored: cipher text, and what is needed to read it again. */
export interface SealedToken {
  token_ciphertext: Buffer;
  token_key_id: string;
  token_cipher_version: number;
}

/** Encrypts tokens for storage. `seal` and `open` must get the same `context`: the account's Instagram id. */
export interface TokenCipher {
  seal: (token: string, context: string) => Promise<SealedToken>;
  open: (sealed: SealedToken, context: string) => Promise<string>;
  /** Whether we have the key of a sealed token, as far as that can be told without opening it. */
  canOpen: (sealed: SealedToken) => Promise<boolean>;
}

/** A fingerprint that recognizes a token without storing it. Tokens are long and random: no salt is needed. */
export const tokenFingerprint = (token: string): string => createHash('sha256').update(token).digest('base64url');

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a key file of 32 random bytes, for running without KMS. Layout: nonce, tag, cipher text.
 * @throws {Error} when the file is no such key, or the sealed token belongs to another account.
 * @throws {ServiceError} `instagram_token_invalid`, when it belongs to another key.
 */
export const createFileTokenCipher = (keyFile: string): TokenCipher => {
  const readKey = async () => {
    const key = await readFile(keyFile);
    if (key.length !== 32) throw new Error(`TOKEN_KEY_FILE: must hold 32 bytes`);
    return { key, keyId: `file:${createHash('sha256').update(key).digest('hex').slice(0, 16)}` };
  };
  const isOf = (keyId: string, { token_key_id, token_cipher_version }: SealedToken) =>
    token_cipher_version === VERSION && token_key_id === keyId;
  return {
    canOpen: async (sealed) => isOf((await readKey()).keyId, sealed),
    seal: async (token, context) => {
      const { key, keyId } = await readKey();
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return {
        token_ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), text]),
        token_key_id: keyId,
        token_cipher_version: VERSION,
      };
    },
    open: async (sealed, context) => {
      const { key, keyId } = await readKey();
      if (!isOf(keyId, sealed)) {
        throw new ServiceError(
          'instagram_token_invalid',
          'The stored access token was sealed with another key than the one in use; connect the Instagram account again',
        );
      }
      const { token_ciphertext } = sealed;
      const nonce = token_ciphertext.subarray(0, NONCE_BYTES);
      const tag = token_ciphertext.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
      return (
        decipher.update(token_ciphertext.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      );
    },
  };
};

/** KMS `Encrypt` with the account as encryption context, so that a sealed token is useless under another account. */
export const createKmsTokenCipher = (keyId: string): TokenCipher => {
  const kms = once(async () => {
    const sdk = await import('@aws-sdk/client-kms');
    return { ...sdk, client: new sdk.KMSClient(clientConfig()) };
  });
  const contextOf = (context: string) => ({ instagram_account: context });
  return {
    canOpen: async () => true, // only KMS knows, and it may refuse for a moment, which is no answer
    seal: async (token, context) => {
      const { client: sender, EncryptCommand } = await kms();
      const { CiphertextBlob, KeyId } = await sender.send(
        new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(token), EncryptionContext: contextOf(context) }),
      );
      if (CiphertextBlob === undefined) throw new Error('KMS returned no cipher text');
      return {
        token_ciphertext: Buffer.from(CiphertextBlob),
        token_key_id: KeyId ?? keyId,
        token_cipher_version: VERSION,
      };
    },
    open: async ({ token_ciphertext, token_key_id }, context) => {
      const { client: sender, DecryptCommand } = await kms();
      const { Plaintext } = await sender.send(
        new DecryptCommand({
          KeyId: token_key_id,
          CiphertextBlob: token_ciphertext,
          EncryptionContext: contextOf(context),
        }),
      );
      if (Plaintext === undefined) throw new Error('KMS returned no plain text');
      return Buffer.from(Plaintext).toString('utf8');
    },
  };
};

/** The cipher that the environment asks for: KMS where a key id is set, else the key file. */
export const createTokenCipher = (env: {
  TOKEN_KMS_KEY_ID?: string | undefined;
  TOKEN_KEY_FILE?: string | undefined;
}): TokenCipher => {
  if (env.TOKEN_KMS_KEY_ID !== undefined) return createKmsTokenCipher(env.TOKEN_KMS_KEY_ID);
  if (env.TOKEN_KEY_FILE !== undefined) return createFileTokenCipher(env.TOKEN_KEY_FILE);
  throw new Error('Invalid environment: TOKEN_KMS_KEY_ID or TOKEN_KEY_FILE: one must be set');
};
