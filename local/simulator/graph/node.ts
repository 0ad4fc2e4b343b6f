import type { Login } from '../world/types.ts';
import type { Call } from './call.ts';
import { unknownField } from './errors.ts';
import type { Field } from './fields.ts';
import type { Json } from './json.ts';

/** Reads one field of a node; `undefined` leaves the key out, as Meta does with what there is not. */
type Reader<Node> = (node: Node, call: Call, field: Field) => Json | undefined;

/** A kind of node as Graph shows it. */
export interface NodeType<Node> {
  /** As Meta's errors name it. */
  readonly name: string;
  /** Answered without `fields=`, beside `id`. */
  readonly defaults: readonly string[];
  readonly readers: Readonly<Record<string, Reader<Node>>>;
  /** Fields that one login alone knows. */
  readonly only: Readonly<Record<string, Login>>;
  /** Fields that hang on more than the node itself, so that rows with them cannot be kept. */
  readonly live: ReadonlySet<string>;
  readonly idOf: (node: Node, login: Login) => string;
  /** Values shown instead of what readers say. */
  readonly overridesOf?: (node: Node) => Readonly<Record<string, unknown>>;
}

const NO_ARGUMENTS = {};

/** The fields to read: those asked for, or the node's default ones. @throws {GraphError} for one it does not have. */
export const fieldsOf = <Node>(
  type: NodeType<Node>,
  asked: readonly Field[] | null,
  login: Login,
): readonly Field[] => {
  const fields = asked ?? type.defaults.map((name) => ({ name, args: NO_ARGUMENTS, fields: null, text: '' }));
  for (const { name } of fields) {
    const isKnown = Object.hasOwn(type.readers, name) && (type.only[name] ?? login) === login;
    if (!isKnown) throw unknownField(name, type.name);
  }
  return fields;
};

/** A node's answer: the fields, and its `id` whether asked for or not. */
export const readNode = <Node>(type: NodeType<Node>, node: Node, fields: readonly Field[], call: Call): Json => {
  const row: Record<string, Json | undefined> = {};
  const overrides = type.overridesOf?.(node);
  for (const field of fields) {
    const value = type.readers[field.name]?.(node, call, field);
    row[field.name] = overrides && Object.hasOwn(overrides, field.name) ? (overrides[field.name] as Json) : value;
  }
  if (!('id' in row)) row.id = overrides && 'id' in overrides ? (overrides.id as Json) : type.idOf(node, call.login);
  return row;
};
