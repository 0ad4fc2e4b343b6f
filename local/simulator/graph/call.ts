import type { Files } from '../cdn/files.ts';
import type { Links, Signature } from '../cdn/links.ts';
import { type Container, statusText } from '../world/containers.ts';
import type { Login, Token } from '../world/types.ts';
import type { World, WorldObject } from '../world/world.ts';
import type { Edge } from './edge.ts';
import type { GraphError } from './errors.ts';
import type { Field } from './fields.ts';
import type { RowCache } from './row-cache.ts';

/** How the world looks to one call; scenarios change it. */
export interface Conditions {
  /** Tells objects that are treated as deleted. */
  isGone: ((id: string) => boolean) | null;
  /** No page has more rows, whatever `limit` says. */
  longestPage: number | null;
  /** Rows of the page before that are shown again. */
  overlap: number;
  /** Above 0: the page is empty and has a `next`; each number makes another cursor of the same place. */
  emptyTurn: number;
  /** What becomes of a container that is made now, and after how many milliseconds. */
  container: { processingMs: number; end: Container['end'] };
}

export const NO_CONDITIONS: Readonly<Conditions> = {
  isGone: null,
  longestPage: null,
  overlap: 0,
  emptyTurn: 0,
  container: { processingMs: 0, end: { status_code: 'FINISHED', status: statusText('FINISHED') } },
};

/** One call to the Graph API, read but not yet answered. */
export interface Call {
  readonly method: string;
  readonly login: Login;
  /** The version that answers, e.g. `v25.0`. */
  readonly version: string;
  /** What follows the version: `['17841…', 'media']`. */
  readonly path: readonly string[];
  /** Query and body as one; without the token. */
  readonly params: URLSearchParams;
  readonly tokenText: string | null;
  /** Where the token came from: a token in a query ends up in logs. */
  readonly tokenFrom: 'header' | 'query' | 'body' | null;
  /** null: none was sent, or this host does not know it. */
  readonly token: Token | null;
  /** `fields=`, read; null: not sent. */
  readonly fields: readonly Field[] | null;
  /** What the first part of the path names, alias `me` resolved; null: nothing. */
  readonly object: WorldObject | null;
  readonly edge: Edge<Call> | null;
  /** What is wrong with the call itself: answered once it is known who calls. */
  readonly problem: GraphError | null;
  /** What links to further pages begin with, version included. */
  readonly graphUrl: string;
  /** For the CDN links of this answer. */
  readonly signature: Signature;
  readonly conditions: Conditions;
  readonly world: World;
  readonly links: Links;
  readonly files: Files;
  readonly rows: RowCache;
}
