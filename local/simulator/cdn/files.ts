import type { Container } from '../world/containers.ts';
import { type Containers, statusText } from '../world/containers.ts';

/** A file as the CDN serves it. */
export interface File {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Files of publications go with the process; so many bytes of the newest stay, and the newest itself in any case. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
const MAX_FILE_BYTES = 300 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 10_000;

/** Whether a file is on this machine: anything else is taken as fetched, so that nobody needs the internet. */
const isHere = (url: string): boolean => {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname) || hostname.endsWith('.localhost');
};

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
};

/**
 * The files that containers were made of, fetched as Meta does: after the container was answered, by its public link.
 * Published media then show them. `isLocal`: further hosts whose files are fetched.
 */
export const createFiles = ({ isLocal = () => false }: { isLocal?: (hostname: string) => boolean } = {}) => {
  const files = new Map<string, File>();
  let fetched = 0;
  let keptBytes = 0;

  const keep = (file: File): string => {
    fetched += 1;
    const name = `fetched-${fetched}_n.${EXTENSIONS[file.contentType] ?? 'bin'}`;
    keptBytes += file.bytes.length;
    for (const [oldest, { bytes }] of files) {
      if (keptBytes <= MAX_KEPT_BYTES) break;
      files.delete(oldest);
      keptBytes -= bytes.length;
    }
    files.set(name, file);
    return name;
  };

  const download = async (url: string): Promise<File | null> => {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    const contentType = response.headers.get('content-type') ?? '';
    const isLarge = Number(response.headers.get('content-length') ?? 0) > MAX_FILE_BYTES;
    if (response.status !== 200 || isLarge || EXTENSIONS[contentType] === undefined) {
      await response.body?.cancel();
      return null;
    }
    return { contentType, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  return {
    find: (name: string): File | undefined => files.get(name),

    /** Fetches a container's file, while it is being processed; without it, processing fails. */
    fetchFor: ({ id, readyAt, media }: Container, url: string, containers: Containers): void => {
      if (!isHere(url) && !isLocal(new URL(url).hostname)) return;
      containers.edit(id, { readyAt: Number.POSITIVE_INFINITY });
      const finish = (changes: Parameters<Containers['edit']>[1]): void => {
        if (containers.find(id) !== undefined) containers.edit(id, { readyAt, ...changes }); // unless all was reset since
      };
      void download(url)
        .catch(() => null)
        .then((file) => {
          if (file === null) {
            const status = statusText('ERROR').replace('2207001', '2207052');
            finish({ readyAt: 0, end: { status_code: 'ERROR', status } });
          } else {
            const name = keep(file);
            finish({ media: { ...media, ...(media.media_type === 'VIDEO' ? {} : { thumbnail: null }), file: name } });
          }
        });
    },
  };
};

export type Files = ReturnType<typeof createFiles>;
