import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { clientConfig, withinMs } from '../aws-client.ts';
import type { ByteSource } from '../media-files/byte-source.ts';
import { once } from '../once.ts';
import { createLinkSessions } from './link-session.ts';
import { LINK_SECONDS, POST_SECONDS } from './policy.ts';
import type { ObjectVersion } from './schema.ts';

export interface ObjectStoreOptions {
  bucket: string;
  region: string;
  /** Where S3 is, unless it is AWS's own. */
  endpoint?: string | undefined;
  /** What links begin with, where those who follow them reach S3 by another address. */
  linkEndpoint?: string | undefined;
  /** Where forms are sent, if not to where links begin. */
  formEndpoint?: string | undefined;
  /** The role whose sessions sign links; without one, the process's own credentials do. */
  signerRoleArn?: string | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A link, and when it stops working: ISO 8601 with whole seconds. */
export interface SignedLink {
  url: string;
  expires_at: string;
}

/** An object without its content. */
export interface ObjectHead extends ObjectVersion {
  size: number;
}

/** The bucket of uploads. The S3 client is loaded on first use. */
export const createObjectStore = (options: ObjectStoreOptions) => {
  const { bucket: Bucket, region, endpoint, linkEndpoint = endpoint, signerRoleArn, now } = options;
  const { formEndpoint = linkEndpoint } = options;
  const connect = once(async () => {
    const sdk = await import('@aws-sdk/client-s3');
    return { ...sdk, client: new sdk.S3Client(s3Config(region, endpoint)) };
  });
  const sessions = signerRoleArn === undefined ? null : createLinkSessions({ roleArn: signerRoleArn, region, now });

  /** A client that signs, and when its signatures end. */
  const signer = async (
    seconds: number,
    address: string | undefined,
  ): Promise<{ client: S3Client; expiresAt: number }> => {
    const { S3Client: Client } = await connect();
    // The credentials of a stand-in sign links to any address of it, also to a tunnel with TLS.
    const session = await sessions?.();
    const credentials = session ?? s3Config(region, endpoint).credentials;
    const client = new Client({ ...s3Config(region, address), ...(credentials !== undefined && { credentials }) });
    return { client, expiresAt: Math.min(now() + seconds * 1_000, session?.expiresAt ?? Number.POSITIVE_INFINITY) };
  };
  const toTimestamp = (ms: number) => new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');

  return {
    /** Stores a file under a key of ours. */
    put: async (key: string, bytes: Buffer, content_type: string): Promise<ObjectVersion> => {
      const { client, PutObjectCommand } = await connect();
      const { ETag, VersionId } = await client.send(
        new PutObjectCommand({ Bucket, Key: key, Body: bytes, ContentType: content_type }),
        withinMs(),
      );
      if (ETag === undefined) throw new Error('S3 gave no ETag');
      return { etag: ETag, version_id: VersionId ?? null };
    },

    /** The object under a key, now or as the version named; null: there is none. */
    head: async (key: string, version_id: string | null = null): Promise<ObjectHead | null> => {
      const { client, HeadObjectCommand, NotFound } = await connect();
      try {
        const { ETag, VersionId, ContentLength } = await client.send(
          new HeadObjectCommand({ Bucket, Key: key, ...(version_id !== null && { VersionId: version_id }) }),
          withinMs(),
        );
        if (ETag === undefined || ContentLength === undefined) throw new Error('S3 does not say what an object is');
        return { etag: ETag, version_id: VersionId ?? null, size: ContentLength };
      } catch (error) {
        if (error instanceof NotFound) return null;
        throw error;
      }
    },

    /** Reads one version piece by piece. A read fails once another version has taken its place. */
    source: (key: string, { etag, version_id, size }: ObjectHead): ByteSource => ({
      size,
      read: async (start, end) => {
        if (start >= Math.min(end, size)) return Buffer.alloc(0);
        const { client, GetObjectCommand } = await connect();
        const { Body } = await client.send(
          new GetObjectCommand({
            Bucket,
            Key: key,
            Range: `bytes=${start}-${Math.min(end, size) - 1}`,
            IfMatch: etag,
            ...(version_id !== null && { VersionId: version_id }),
          }),
          withinMs(),
        );
        if (Body === undefined) throw new Error('S3 gave no content');
        return Buffer.from(await Body.transformToByteArray());
      },
    }),

    /** A form with which its holder can store one file: under this key, of this type, of exactly this size. */
    signPost: async ({ key, content_type, size }: { key: string; content_type: string; size: number }) => {
      const { createPresignedPost } = await import('@aws-sdk/s3-presigned-post');
      const { client, expiresAt } = await signer(POST_SECONDS, formEndpoint);
      const { url, fields } = await createPresignedPost(client, {
        Bucket,
        Key: key,
        Fields: { 'Content-Type': content_type }, // each field is a condition too
        Conditions: [['content-length-range', size, size]],
        Expires: POST_SECONDS,
      });
      return { url, fields, expires_at: toTimestamp(expiresAt) };
    },

    /** A link to the object under a key, or to one version of it. */
    signLink: async (key: string, version_id: string | null = null): Promise<SignedLink> => {
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
      const { GetObjectCommand } = await connect();
      const { client, expiresAt } = await signer(LINK_SECONDS, linkEndpoint);
      const command = new GetObjectCommand({ Bucket, Key: key, ...(version_id !== null && { VersionId: version_id }) });
      return {
        url: await getSignedUrl(client, command, { expiresIn: LINK_SECONDS }),
        expires_at: toTimestamp(expiresAt),
      };
    },
  };
};
export type ObjectStore = ReturnType<typeof createObjectStore>;

const s3Config = (region: string, endpoint: string | undefined): S3ClientConfig => ({
  ...clientConfig(region, endpoint),
  // A link must work for a client that knows only the URL: it signs no checksum headers.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  forcePathStyle: endpoint !== undefined, // names of the form bucket.host resolve nowhere
});
