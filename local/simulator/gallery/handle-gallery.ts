import { readFile } from 'node:fs/promises';
import { type Exchange, HttpError, send } from '../http/exchange.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

const NAMES = ['gallery.css', 'gallery.js', 'media.js', 'page.js', 'scenarios.js', 'settings.js', 'icon.svg'];
const FILES: ReadonlyMap<string, string> = new Map([
  ['/', 'gallery.html'],
  ...NAMES.map((name) => [`/gallery/${name}`, name] as const),
]);

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
    const name = FILES.get(url.pathname);
    if (name === undefined) throw new HttpError(404, 'No such file');
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError(405, 'Allowed: GET');
    send(response, 200, await readFile(new URL(`./${name}`, import.meta.url)), {
      ...HEADERS,
      'Content-Type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    });
  };
