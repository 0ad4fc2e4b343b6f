import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isLoopback } from './access.ts';

/** Takes a request that is not for the API; false: it is. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Lets Meta fetch uploads of this machine: a tunnel leads `publicUrl` (`PUBLIC_BASE_URL`) to the API's port, and what asks
 * there for a file of the bucket gets it from S3. Files alone, by their unguessable names, to read: the API itself stays
 * closed to that name, unless `ALLOWED_HOSTS` has it.
 */
export const createUploadFront = ({
  publicUrl,
  endpoint,
  bucket,
}: {
  publicUrl: string;
  endpoint: string;
  bucket: string;
}): Intercept => {
  const { host: publicHost, pathname } = new URL(publicUrl);
  const base = pathname.replace(/\/$/, '');
  const prefix = `/${bucket}/uploads/`;

  return (request, response) => {
    const { method = '', url = '', headers } = request;
    const path = url.startsWith(base) ? url.slice(base.length) : url; // a tunnel may take its own path off
    if ((method !== 'GET' && method !== 'HEAD') || !path.startsWith(prefix) || path.includes('..')) return false;
    const host = headers.host ?? '';
    if (host.toLowerCase() !== publicHost && !isLoopback(host.replace(/:\d+$/, ''))) return false;
    const { range, 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
    const asked = { range, 'if-match': ifMatch, 'if-none-match': ifNoneMatch };
    const passed = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    const fetched = sendRequest(new URL(path, endpoint), { method, headers: passed }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).catch(() => response.destroy()); // whoever reads it notices that it ends too soon
    });
    fetched.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-length': 0 }).end();
    });
    response.on('close', () => fetched.destroy());
    fetched.end();
    return true;
  };
};
