import { joinTemplates, type LinkTemplate, signText, toTemplate } from '../cdn/links.ts';
import type { Call } from './call.ts';
import type { Field } from './fields.ts';
import { type Json, toGraphJson } from './json.ts';
import { type NodeType, readNode } from './node.ts';

/** A value as the text of an answer, with its links signed. */
export const render = (value: Json, call: Call): string => signText(toGraphJson(value), call.signature);

/** The JSON of `nodes`, separated by commas: from the cache, unless a field shows more than the node itself. */
export const renderRows = <Node extends object>(
  type: NodeType<Node>,
  nodes: readonly Node[],
  fields: readonly Field[],
  call: Call,
): Buffer => {
  const { login, params, signature, rows } = call;
  const read = (node: Node): LinkTemplate => toTemplate(toGraphJson(readNode(type, node, fields, call)));
  if (fields.some(({ name }) => type.live.has(name))) return joinTemplates(nodes.map(read), signature);
  const key = [type.name, login, signature.base, params.get('fields')].join(' ');
  return rows.render(key, nodes, read, signature);
};
