import { readFile } from 'node:fs/promises';
import { type Exchange, HttpError, send } from '../http/exchange.ts';

const FILES: Readonly<Record<string, { file: URL; contentType: string }>> = {
  '/': { file: new URL('./gallery.html', import.meta.url), contentType: 'text/html; charset=utf-8' },
  '/gallery/gallery.css': { file: new URL('./gallery.css', import.meta.url), contentType: 'text/css; charset=utf-8' },
  '/gallery/gallery.js': {
    file: new URL('./gallery.js', import.meta.url),
    contentType: 'text/javascript; charset=utf-8',
  },
};

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** The page at `/`: what the account has posted, and switches for scenarios. */
export const createGalleryHandler =
  () =>
  async ({ request, response, url }: Exchange): Promise<void> => {
    const found = FILES[url.pathname];
    if (!found) throw new HttpError(404, 'No such file');
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError(405, 'Allowed: GET');
    send(response, 200, await readFile(found.file), {
      ...HEADERS,
      'Content-Type': found.contentType,
    });
  };
