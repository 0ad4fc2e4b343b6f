import type { Login } from '../world/types.ts';
import type { WorldObject } from '../world/world.ts';

/** The permission a call needs per login; null: none. A login that is left out does not have the operation. */
type Permissions = Readonly<Partial<Record<Login, string | null>>>;

/**
 * An operation on one kind of object: on the node itself (`segment` null) or on what belongs to it. One file each.
 * `Asked` is the call, which names its operation: as a parameter, so that neither file has to import the other.
 */
export interface Edge<Asked> {
  /** How scenarios and the log of calls name it: `user.media`, `media` … */
  readonly name: string;
  /** null: on no object; its `segment` is the whole path, and the app itself asks, unless `byToken`. */
  readonly of: WorldObject['type'] | null;
  readonly segment: string | null;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly permissions: Permissions;
  /** For one on no object, how it is let in; `token`: it checks the token itself. Default: by the app's token. */
  readonly proof?: 'client_secret' | 'token';
  /** Whether it answers a page of a list. */
  readonly isList?: true;
  /** The answer as JSON, ASCII only. @throws {GraphError} */
  readonly answer: (call: Asked) => string | Buffer;
}
