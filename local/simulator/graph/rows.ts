import { joinTemplates, type LinkTemplate, signText, toTemplate } from '../cdn/links.ts';
import type { Call } from './call.ts';
import type { Field } from './fields.ts';
import { type Json, toGraphJson } from './json.ts';
import { type NodeType, readNode } from './node.ts';

/** A value as the text of an answer, its links signed. */
export const render = (value: Json, call: Call): string => signText(toGraphJson(value), call.signature);

/** Sets of rows that are kept: one for each login, field set and base of links, of which clients use one or two. */
const SETS_KEPT = 4;

/**
 * Rows of listings, kept as templates: a page then costs little more than copying its pieces together. An edited object
 * is another object and is read anew.
 */
export const createRowCache = () => {
  const sets = new Map<string, WeakMap<object, LinkTemplate>>();

  const templatesOf = (key: string): WeakMap<object, LinkTemplate> => {
    let templates = sets.get(key);
    if (!templates) {
      const [oldest] = sets.keys();
      if (oldest !== undefined && sets.size >= SETS_KEPT) sets.delete(oldest);
      templates = new WeakMap();
      sets.set(key, templates);
    }
    return templates;
  };

  return {
    /** The JSON of `nodes`, a comma between. */
    render: <Node extends object>(
      type: NodeType<Node>,
      nodes: readonly Node[],
      fields: readonly Field[],
      call: Call,
    ): Buffer => {
      const { login, params, signature } = call;
      const read = (node: Node): LinkTemplate => toTemplate(toGraphJson(readNode(type, node, fields, call)));
      if (fields.some(({ name }) => type.live.has(name))) return joinTemplates(nodes.map(read), signature);

      const templates = templatesOf([type.name, login, signature.base, params.get('fields')].join(' '));
      const kept = nodes.map((node) => {
        let template = templates.get(node);
        if (!template) {
          template = read(node);
          templates.set(node, template);
        }
        return template;
      });
      return joinTemplates(kept, signature);
    },
  };
};

export type RowCache = ReturnType<typeof createRowCache>;
