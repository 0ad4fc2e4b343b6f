import type { WorldObject } from '../world/world.ts';
import type { Call } from './call.ts';
import type { Edge } from './edge.ts';

type ObjectOf<Type extends WorldObject['type']> = Extract<WorldObject, { type: Type }>;

/** Declares an edge; `answer` gets an object of exactly the kind it is declared for. */
export const defineEdge = <const Type extends WorldObject['type']>(
  declaration: Omit<Edge<Call>, 'of' | 'answer'> & {
    readonly of: Type;
    readonly answer: (object: ObjectOf<Type>, call: Call) => string | Buffer;
  },
): Edge<Call> => ({
  ...declaration,
  answer: (call) => {
    const { object } = call;
    if (object?.type !== declaration.of) throw new TypeError(`${declaration.name} was asked about a ${object?.type}`);
    return declaration.answer(object as ObjectOf<Type>, call);
  },
});
