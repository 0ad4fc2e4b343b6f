import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exchange, HttpError, send } from '../http/exchange.ts';

const FILES: Readonly<Record<string, { name: string; contentType: string }>> = {
  '/': { name: 'gallery.html', contentType: 'text/html; charset=utf-8' },
  '/gallery/gallery.css': { name: 'gallery.css', contentType: 'text/css; charset=utf-8' },
  '/gallery/gallery.js': { name: 'gallery.js', contentType: 'text/javascript; charset=utf-8' },
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
    const file = FILES[url.pathname];
    if (!file) throw new HttpError(404, 'No such file');
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError(405, 'Allowed: GET');
    send(response, 200, await readFile(join(import.meta.dirname, file.name)), {
      ...HEADERS,
      'Content-Type': file.contentType,
    });
  };
