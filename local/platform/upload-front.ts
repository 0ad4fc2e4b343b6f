import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isLoopback } from './access.ts';

/** Answers a request that is not for the API; returns false for one that is. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Lets Meta fetch uploads from this machine. A tunnel connects `publicUrl` (`PUBLIC_BASE_URL`) to the API's port; there, a
 * request for a file of the bucket is passed on to S3. Only files can be read, by names that cannot be guessed. Requests for
 * the API are refused under that host name, unless `ALLOWED_HOSTS` has it.
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
    const path = url.startsWith(base) ? url.slice(base.length) : url; // a tunnel may remove the path of `publicUrl`
    if ((method !== 'GET' && method !== 'HEAD') || !path.startsWith(prefix) || path.includes('..')) return false;
    const host = headers.host ?? '';
    if (host.toLowerCase() !== publicHost && !isLoopback(host.replace(/:\d+$/, ''))) return false;
    const { range, 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
    const asked = { range, 'if-match': ifMatch, 'if-none-match': ifNoneMatch };
    const passed = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    const fetched = sendRequest(new URL(path, endpoint), { method, headers: passed }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).catch(() => response.destroy()); // the reader notices that the file ends too soon
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
