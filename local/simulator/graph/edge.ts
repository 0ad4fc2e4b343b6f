import type { Login } from '../world/types.ts';
import type { WorldObject } from '../world/world.ts';
import type { Call } from './call.ts';

/** The permission a call needs per login; null: none. A login left out does not have the operation. */
type Permissions = Readonly<Partial<Record<Login, string | null>>>;

/** An operation on one sort of object: a node (`segment` null) or what hangs on it. One file each. */
export interface Edge {
  /** How scenarios and the log of calls name it: `user.media`, `media` … */
  readonly name: string;
  /** null: on nothing; its `segment` is the whole path, and the app itself asks. */
  readonly of: WorldObject['type'] | null;
  readonly segment: string | null;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly permissions: Permissions;
  /** Whether it answers a page of a list. */
  readonly isList?: true;
  /** The answer as JSON, ASCII only. @throws {GraphError} */
  readonly answer: (call: Call) => string | Buffer;
}

type ObjectOf<Type extends WorldObject['type']> = Extract<WorldObject, { type: Type }>;

/** Declares an edge; `answer` gets the very sort of object it is declared for. */
export const defineEdge = <const Type extends WorldObject['type']>(
  declaration: Omit<Edge, 'of' | 'answer'> & {
    readonly of: Type;
    readonly answer: (object: ObjectOf<Type>, call: Call) => string | Buffer;
  },
): Edge => ({
  ...declaration,
  answer: (call) => {
    const { object } = call;
    if (object?.type !== declaration.of) throw new TypeError(`${declaration.name} was asked about a ${object?.type}`);
    return declaration.answer(object as ObjectOf<Type>, call);
  },
});
