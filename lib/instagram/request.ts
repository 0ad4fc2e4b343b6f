import { createHmac } from 'node:crypto';
import type { GraphCall, Login } from './graph.ts';

/** Where calls are sent and how they are signed. */
export interface GraphAddress {
  login: Login;
  /** `https://graph.instagram.com` or the like, without a slash at the end. */
  graphUrl: string;
  /** `v25.0`. */
  version: string;
  /** Signs calls of Facebook Login (`appsecret_proof`). Instagram Login is not known to accept it. */
  appSecret?: string;
}

/** A path as metrics and messages show it, ids replaced: `{id}/media`. */
export const toTemplate = (path: readonly string[]): string =>
  path.map((segment) => (/\d{4}/.test(segment) ? '{id}' : segment)).join('/');

/** The arguments of `fetch` for a call. `secrets`: the credentials in it, to be redacted. */
export const toFetchArguments = (
  { method = 'GET', path, params = {}, body, versioned = true, secretParams }: GraphCall<unknown>,
  token: string,
  { login, graphUrl, version, appSecret }: GraphAddress,
): { url: string; init: RequestInit; secrets: string[] } => {
  const credentials = secretParams?.(token);
  const proof =
    login === 'facebook' && appSecret !== undefined && credentials === undefined
      ? createHmac('sha256', appSecret).update(token).digest('hex')
      : undefined;
  const query = new URLSearchParams({
    ...fieldsOf(params),
    ...(proof === undefined ? {} : { appsecret_proof: proof }),
    ...credentials,
  });
  const url = [graphUrl, ...(versioned ? [version] : []), ...path.map(safeSegment)].join('/');
  return {
    url: query.size === 0 ? url : `${url}?${query}`,
    init: {
      method,
      headers: {
        accept: 'application/json',
        ...(credentials === undefined ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body: new URLSearchParams(fieldsOf(body)) }),
    },
    secrets: [token, appSecret, proof, ...Object.values(credentials ?? {})].filter((one) => one !== undefined),
  };
};

const fieldsOf = (fields: NonNullable<GraphCall<unknown>['params'] | GraphCall<unknown>['body']>) =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );

/** Something else than an id must not change the path. Only a bug brings `..` or `a/b` here. */
const safeSegment = (segment: string): string => {
  if (/^[A-Za-z0-9_-]{1,100}$/.test(segment)) return segment;
  throw new TypeError('A segment of a Graph path may hold letters, digits, _ and - only');
};
