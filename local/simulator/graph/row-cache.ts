import { joinTemplates, type LinkTemplate, type Signature } from '../cdn/links.ts';

/** Sets of rows that are kept: one for each login, field set and base of links, of which clients use one or two. */
const MAX_SETS = 4;

/**
 * Rows of listings, kept as templates: a page then costs little more than copying its pieces together. An edited object
 * is another object, so it is read anew.
 */
export const createRowCache = () => {
  const sets = new Map<string, WeakMap<object, LinkTemplate>>();

  const templatesOf = (key: string): WeakMap<object, LinkTemplate> => {
    let templates = sets.get(key);
    if (!templates) {
      const [oldest] = sets.keys();
      if (oldest !== undefined && sets.size >= MAX_SETS) sets.delete(oldest);
      templates = new WeakMap();
      sets.set(key, templates);
    }
    return templates;
  };

  return {
    /** The JSON of `nodes`, separated by commas. `key` names what a row depends on beside its node; `read` makes one. */
    render: <Node extends object>(
      key: string,
      nodes: readonly Node[],
      read: (node: Node) => LinkTemplate,
      signature: Signature,
    ): Buffer => {
      const templates = templatesOf(key);
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
