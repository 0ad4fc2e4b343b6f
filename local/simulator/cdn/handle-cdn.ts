import { type Exchange, send } from '../http/exchange.ts';
import type { File, Files } from './files.ts';
import { encodeJpeg } from './jpeg.ts';
import type { Links } from './links.ts';
import { drawPicture } from './picture.ts';
import { makeVideo } from './video.ts';

const MAX_SIDE = 2_000;

/** Makes the file a name speaks of: `12-3_884422_540x540_n.jpg`. null: it speaks of none. */
const makeFile = (name: string): File | null => {
  const [, label = '', seed, across, down, extension] =
    /^([A-Za-z0-9-]+)_([0-9]{1,10})_([0-9]{2,4})x([0-9]{2,4})_n\.(jpg|mp4)$/.exec(name) ?? [];
  const width = Number(across);
  const height = Number(down);
  if (seed === undefined || width > MAX_SIDE || height > MAX_SIDE) return null;
  if (extension === 'mp4') return { contentType: 'video/mp4', bytes: makeVideo(Number(seed)) };
  return {
    contentType: 'image/jpeg',
    bytes: encodeJpeg(drawPicture({ seed: Number(seed), width, height, label })),
  };
};

const MAX_KEPT = 100;

/** The part of a file that `Range` asks for, as players do; null: the whole. */
const readRange = (header: string | undefined, length: number): { start: number; end: number } | null => {
  const [, from, to] = /^bytes=([0-9]{0,12})-([0-9]{0,12})$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return null;
  const start = from === '' ? Math.max(0, length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? length - 1 : Math.min(length - 1, Number(to));
  return { start, end };
};

/** Serves pictures and videos to whoever has a good link. */
export const createCdnHandler = (links: Links, fetched: Files) => {
  const files = new Map<string, File>();

  const fileOf = (name: string): File | null => {
    const kept = fetched.find(name) ?? files.get(name);
    if (kept) return kept;
    const file = makeFile(name);
    const [oldest] = files.keys();
    if (oldest !== undefined && files.size >= MAX_KEPT) files.delete(oldest);
    if (file) files.set(name, file);
    return file;
  };

  return async ({ request, response, url }: Exchange): Promise<void> => {
    const text = { 'Content-Type': 'text/plain; charset=utf-8' };
    const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
    if (!links.isGood(name, url.searchParams)) return send(response, 403, 'URL signature expired', text);
    const file = fileOf(name);
    if (!file) return send(response, 404, 'Not found', text);

    const { bytes, contentType } = file;
    const headers = { 'Content-Type': contentType, 'Accept-Ranges': 'bytes', 'Cache-Control': 'max-age=3600' };
    const range = readRange(request.headers.range, bytes.length);
    if (!range) return send(response, 200, bytes, headers);
    const { start, end } = range;
    if (start > end) return send(response, 416, '', { ...text, 'Content-Range': `bytes */${bytes.length}` });
    send(response, 206, bytes.subarray(start, end + 1), {
      ...headers,
      'Content-Range': `bytes ${start}-${end}/${bytes.length}`,
    });
  };
};
