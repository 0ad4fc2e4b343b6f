import type { Placed } from '../world/shelf.ts';
import { type Call, type Conditions, NO_CONDITIONS } from './call.ts';
import type { Field } from './fields.ts';
import { type Json, toGraphJson } from './json.ts';
import { fieldsOf, type NodeType, readNode } from './node.ts';
import { encodeCursor, type PageRequest, readPageRequest, selectPage } from './paging.ts';
import { renderRows } from './render.ts';

/** A list of nodes that hang on an object, as an edge of its own or expanded inside a row. */
export interface Connection<Node extends Placed> {
  readonly type: NodeType<Node>;
  /** What it is addressed by, e.g. `17841…/media`. */
  readonly path: string;
  /** Newest first. */
  readonly items: readonly Node[];
  readonly usual: number;
  readonly most: number;
  /** Whether `since` and `until` mean something here. */
  readonly byTime: boolean;
  /** Selected for a page but left out of it: why pages can be short. */
  readonly isWithheld?: (node: Node) => boolean;
}

/** Newer than anything: a cursor here stands before the first row. */
export const BEFORE_ALL: Placed = { id: '0', timestamp: 99_999_999_999 };

interface Selection<Node> {
  readonly asked: PageRequest;
  /** What is shown of the page. */
  readonly rows: readonly Node[];
  /** Where the page begins and ends; null: nothing was selected. */
  readonly cursors: { readonly before: string; readonly after: string } | null;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

const select = <Node extends Placed>(
  { items, usual, most, byTime, isWithheld }: Connection<Node>,
  params: URLSearchParams,
  { longestPage, overlap, emptyTurn }: Conditions,
): Selection<Node> => {
  const asked = readPageRequest(params, { usual, most, byTime });
  if (emptyTurn > 0) {
    const cursor = encodeCursor(asked.after ?? BEFORE_ALL, emptyTurn);
    return { asked, rows: [], cursors: { before: cursor, after: cursor }, hasNext: true, hasPrevious: false };
  }
  const limit = Math.min(asked.limit, longestPage ?? asked.limit);
  const page = selectPage(items, { ...asked, limit }, overlap);
  const first = page.items[0];
  const last = page.items.at(-1);
  return {
    asked,
    rows: isWithheld ? page.items.filter((node) => !isWithheld(node)) : page.items,
    cursors: first && last ? { before: encodeCursor(first), after: encodeCursor(last) } : null,
    hasNext: page.hasNext,
    hasPrevious: page.hasPrevious,
  };
};

/**
 * `paging` as Meta makes it: cursors even on the last page, `next` only where there is more, and the access token in
 * both links. undefined where nothing was selected: there is nothing to point at.
 */
const pagingOf = <Node>(
  { asked: { limit, since, until }, cursors, hasNext, hasPrevious }: Selection<Node>,
  path: string,
  fields: string | null,
  { tokenText, graphUrl }: Call,
): Json | undefined => {
  if (!cursors) return undefined;
  const link = (direction: 'after' | 'before'): string => {
    const query = new URLSearchParams({ access_token: tokenText ?? '', pretty: '0' });
    if (fields !== null) query.set('fields', fields);
    if (since !== null) query.set('since', String(since));
    if (until !== null) query.set('until', String(until));
    query.set('limit', String(limit));
    query.set(direction, cursors[direction]);
    return `${graphUrl}/${path}?${query}`;
  };
  return { cursors, ...(hasNext && { next: link('after') }), ...(hasPrevious && { previous: link('before') }) };
};

/** A page of the connection as the JSON of a whole answer, its rows from the cache where that may be. */
export const answerConnection = <Node extends Placed>(connection: Connection<Node>, call: Call): Buffer => {
  const { type, path } = connection;
  const fields = fieldsOf(type, call.fields, call.login);
  const selection = select(connection, call.params, call.conditions);
  const paging = pagingOf(selection, path, call.params.get('fields'), call);
  return Buffer.concat([
    Buffer.from('{"data":['),
    renderRows(type, selection.rows, fields, call),
    Buffer.from(paging === undefined ? ']}' : `],"paging":${toGraphJson(paging)}}`),
  ]);
};

/** Rows of an expanded edge that is not told how many. */
const EXPANDED_ROWS = 25;

/** A page of the connection inside another node's row; `limit`, `after` … come as the field's arguments. */
export const expandConnection = <Node extends Placed>(connection: Connection<Node>, field: Field, call: Call): Json => {
  const { type, path } = connection;
  const fields = fieldsOf(type, field.fields, call.login);
  const usual = Math.min(EXPANDED_ROWS, connection.usual);
  const selection = select({ ...connection, usual }, new URLSearchParams(field.args), NO_CONDITIONS);
  const paging = pagingOf(selection, path, field.fields && field.text, call);
  return {
    data: selection.rows.map((node) => readNode(type, node, fields, call)),
    ...(paging !== undefined && { paging }),
  };
};
