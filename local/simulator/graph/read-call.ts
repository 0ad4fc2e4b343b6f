import type { Files } from '../cdn/files.ts';
import type { Links } from '../cdn/links.ts';
import { loginOf } from '../world/tokens.ts';
import type { Login, Token } from '../world/types.ts';
import type { World, WorldObject } from '../world/world.ts';
import { type Call, NO_CONDITIONS } from './call.ts';
import { findEdge } from './edges.ts';
import { GraphError } from './errors.ts';
import { type Field, parseFields } from './fields.ts';
import type { RowCache } from './row-cache.ts';

/** A call as HTTP brings it. */
export interface GraphRequest {
  readonly method: string;
  /** Without query, beginning with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parameters out of the body. */
  readonly body: URLSearchParams | null;
  readonly authorization: string | undefined;
  /** Scheme, host and port the caller used. */
  readonly origin: string;
}

export interface Graph {
  readonly world: World;
  readonly links: Links;
  readonly files: Files;
  readonly rows: RowCache;
  /** What the CDN links of an answer begin with, given the origin the caller used. */
  readonly cdnUrl: (origin: string) => string;
}

/** The hosts this server stands in for, as first part of the path. Without one, a token's form tells. */
const HOSTS: Readonly<Record<string, Login>> = { 'graph.instagram.com': 'instagram', 'graph.facebook.com': 'facebook' };

const USUAL_VERSION = 25;
/** Older versions are answered as this one, silently. */
const OLDEST_VERSION = 21;
const NEWEST_VERSION = 26;

const readVersion = (segment: string | undefined): { version: string; isVersion: boolean; isKnown: boolean } => {
  const number = /^v([0-9]{1,3})\.[0-9]$/.exec(segment ?? '')?.[1];
  if (number === undefined) return { version: `v${USUAL_VERSION}.0`, isVersion: false, isKnown: true };
  const asked = Number(number);
  return { version: `v${Math.max(asked, OLDEST_VERSION)}.0`, isVersion: true, isKnown: asked <= NEWEST_VERSION };
};

const readToken = ({ authorization, query, body }: GraphRequest): Pick<Call, 'tokenText' | 'tokenFrom'> => {
  const bearer = /^(?:Bearer|OAuth) +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (bearer) return { tokenText: bearer, tokenFrom: 'header' };
  const inQuery = query.get('access_token');
  if (inQuery) return { tokenText: inQuery, tokenFrom: 'query' };
  const inBody = body?.get('access_token');
  return inBody ? { tokenText: inBody, tokenFrom: 'body' } : { tokenText: null, tokenFrom: null };
};

/** What the first part of a path names: an id, or `me`. Which object `me` is depends on the login. */
const resolve = (
  name: string | undefined,
  { login, token, world }: { login: Login; token: Token | null; world: World },
): WorldObject | null => {
  if (name !== 'me') return name === undefined ? null : world.find(name);
  const account = token && world.accounts().find(({ id }) => id === token.accountId);
  return account ? { type: login === 'instagram' ? 'user' : 'facebook_user', account } : null;
};

const readFields = (text: string | null): { fields: readonly Field[] | null; problem: GraphError | null } => {
  if (!text) return { fields: null, problem: null };
  try {
    return { fields: parseFields(text), problem: null };
  } catch (error) {
    if (error instanceof GraphError) return { fields: null, problem: error };
    throw error;
  }
};

const unknownPath = (path: string) => new GraphError({ message: `Unknown path components: ${path}`, code: 2500 });

/** Reads a request as far as possible; what is wrong with it is in `problem`. */
export const readCall = (request: GraphRequest, { world, links, files, rows, cdnUrl }: Graph): Call => {
  const segments = request.path.split('/').filter((segment) => segment !== '');
  const host = HOSTS[segments[0] ?? ''];
  const prefix = host ? `/${segments.shift()}` : '';
  const { version, isVersion, isKnown } = readVersion(segments[0]);
  const versionPath = isVersion ? `/${segments.shift()}` : `/${version}`;

  const { tokenText, tokenFrom } = readToken(request);
  const login = host ?? loginOf(tokenText ?? '') ?? 'instagram';
  const known = tokenText === null ? undefined : world.tokens.find(tokenText);
  const token = known?.login === login ? known : null;

  const params = new URLSearchParams(request.query);
  for (const [name, value] of request.body ?? []) params.set(name, value);
  params.delete('access_token');

  const [name, segment = null, ...further] = segments;
  const object = resolve(name, { login, token, world });
  const { fields, problem } = readFields(params.get('fields'));
  return {
    method: request.method,
    login,
    version,
    path: segments,
    params,
    tokenText,
    tokenFrom,
    token,
    fields,
    object,
    edge: object ? findEdge(request.method, object.type, segment) : findEdge(request.method, null, name ?? null),
    problem: isKnown && further.length === 0 ? problem : unknownPath(request.path),
    graphUrl: `${request.origin}${prefix}${versionPath}`,
    signature: links.sign(cdnUrl(request.origin)),
    conditions: { ...NO_CONDITIONS },
    world,
    links,
    files,
    rows,
  };
};

/** The same call on the world as it is now: others may have written while this one waited. */
export const refresh = (call: Call): Call => ({ ...call, object: resolve(call.path[0], call) });
