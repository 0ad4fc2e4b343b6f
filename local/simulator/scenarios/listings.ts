import { z } from 'zod';
import type { Call } from '../graph/call.ts';
import { BEFORE_ALL } from '../graph/connection.ts';
import { encodeCursor } from '../graph/paging.ts';
import { defineKind } from './behaviour.ts';

type Members = Record<string, unknown>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rows of a listing's answer; null: it is no listing. */
const rowsOf = (body: unknown): unknown[] | null => (isObject(body) && Array.isArray(body.data) ? body.data : null);

const isListing = ({ edge }: Call): boolean => edge?.isList === true;

export const vanishedMedia = defineKind({
  summary:
    'Media are gone: not in listings and counts, 100/33 by id. Which ones: `ids`, the `newest` n, or `every` n-th',
  params: z.strictObject({
    ids: z.array(z.string()).default([]),
    newest: z.int().min(0).default(0),
    every: z.int().min(1).optional(),
  }),
  behave: ({ ids, newest, every }) => {
    let gone: ReadonlySet<string> | null = null; // chosen once, so that they stay the same while others come and go
    return {
      bend: ({ world, conditions, token }) => {
        gone ??= new Set([
          ...ids,
          ...world
            .media(token?.accountId)
            .filter((_, index) => index < newest || (every !== undefined && index % every === every - 1))
            .map(({ id }) => id),
        ]);
        const chosen = gone;
        const others = conditions.isGone;
        conditions.isGone = (id) => chosen.has(id) || others?.(id) === true;
      },
    };
  },
});

export const shortPages = defineKind({
  summary: 'No page has more rows than this, although `limit` allows more and more follow',
  params: z.strictObject({ rows: z.int().min(1).default(7) }),
  behave: ({ rows }) => ({
    applies: isListing,
    bend: ({ conditions }) => {
      conditions.longestPage = rows;
    },
  }),
});

export const emptyPage = defineKind({
  summary: 'An empty page that has a `next`, before the page that was asked for',
  params: z.strictObject({}),
  times: 1,
  behave: () => {
    let turn = 0;
    return {
      applies: isListing,
      bend: ({ conditions }) => {
        turn += 1;
        conditions.emptyTurn = turn;
      },
    };
  },
});

export const repeatedRows = defineKind({
  summary: 'Each page but the first begins with this many rows of the page before',
  params: z.strictObject({ rows: z.int().min(1).default(1) }),
  behave: ({ rows }) => ({
    applies: isListing,
    bend: ({ conditions }) => {
      conditions.overlap = rows;
    },
  }),
});

export const repeatedCursor = defineKind({
  summary: 'The second page points to itself, for ever',
  params: z.strictObject({}),
  behave: () => ({
    applies: (call) => isListing(call) && call.params.has('after'),
    reshape: (body, { params, graphUrl, path }) => {
      const after = params.get('after');
      if (isObject(body)) {
        body.paging = { cursors: { before: after, after }, next: `${graphUrl}/${path.join('/')}?${params}` };
      }
      return body;
    },
  }),
});

export const endlessList = defineKind({
  summary: 'The first page follows each page, with new cursors each time, or with this many cursors in turn',
  params: z.strictObject({ cursors: z.int().min(0).default(0) }),
  behave: ({ cursors }) => {
    let turn = 0;
    return {
      applies: isListing,
      reshape: (body, { params, graphUrl, path }) => {
        if (!isObject(body)) return body;
        turn += 1;
        const after = encodeCursor(BEFORE_ALL, cursors === 0 ? turn : turn % cursors);
        const query = new URLSearchParams(params);
        query.set('after', after);
        body.paging = { cursors: { before: after, after }, next: `${graphUrl}/${path.join('/')}?${query}` };
        return body;
      },
    };
  },
});

export const emptyList = defineKind({
  summary: 'No rows, but cursors, as withheld comments look, or media while Instagram is in trouble',
  params: z.strictObject({ next: z.boolean().default(false) }),
  behave: ({ next }) => ({
    applies: isListing,
    reshape: (body) => {
      if (rowsOf(body) === null || !isObject(body)) return body;
      const paging = isObject(body.paging) ? body.paging : { cursors: { before: 'QVFI', after: 'QVFI' } };
      const { next: link, ...withoutNext } = paging;
      return { data: [], paging: next ? { ...withoutNext, next: link } : withoutNext };
    },
  }),
});

const MALFORMED = {
  missing_id: ({ id: _, ...row }: Members) => row,
  numeric_id: (row: Members) => ({ ...row, id: Number(row.id) }),
  bad_timestamp: (row: Members) => ({ ...row, timestamp: 'yesterday' }),
  missing_timestamp: ({ timestamp: _, ...row }: Members) => row,
  only_id: ({ id }: Members) => ({ id }),
  null: () => null,
  text: () => 'not an object',
} as const satisfies Record<string, (row: Members) => unknown>;

export const malformedItem = defineKind({
  summary: 'One row of a listing is wrong; all of them if `index` is null',
  params: z.strictObject({
    index: z.int().min(0).nullable().default(0),
    how: z
      .enum(Object.keys(MALFORMED) as [keyof typeof MALFORMED, ...(keyof typeof MALFORMED)[]])
      .default('missing_id'),
  }),
  behave: ({ index, how }) => ({
    applies: isListing,
    reshape: (body) => {
      const rows = rowsOf(body);
      for (const [n, row] of (rows ?? []).entries()) {
        if (rows && isObject(row) && (index === null || n === index)) rows[n] = MALFORMED[how](row);
      }
      return body;
    },
  }),
});

const WRONG_SHAPES = {
  data_object: () => ({ data: {} }),
  data_missing: () => ({}),
  array: () => [],
  text: () => 'ok',
  null: () => null,
} as const satisfies Record<string, () => unknown>;

export const wrongShape = defineKind({
  summary: 'Valid JSON of a wrong shape',
  params: z.strictObject({
    how: z
      .enum(Object.keys(WRONG_SHAPES) as [keyof typeof WRONG_SHAPES, ...(keyof typeof WRONG_SHAPES)[]])
      .default('data_object'),
  }),
  behave: ({ how }) => ({ reshape: () => WRONG_SHAPES[how]() }),
});

export const oddRows = defineKind({
  summary: 'Some fields of a row hold other values than usual: of the first row, or of all',
  params: z.strictObject({ set: z.record(z.string(), z.json()).default({}), all: z.boolean().default(false) }),
  behave: ({ set, all }) => ({
    applies: isListing,
    reshape: (body) => {
      for (const row of (rowsOf(body) ?? []).slice(0, all ? undefined : 1)) if (isObject(row)) Object.assign(row, set);
      return body;
    },
  }),
});

export const oddPaging = defineKind({
  summary: 'The last page of a listing has a wrong `paging`',
  params: z.strictObject({ paging: z.json().default([]) }),
  behave: ({ paging }) => ({
    applies: isListing,
    reshape: (body) => {
      if (isObject(body) && !(isObject(body.paging) && body.paging.next)) body.paging = paging;
      return body;
    },
  }),
});

const COUNTS = ['media_count', 'comments_count'] as const;

export const countMismatch = defineKind({
  summary: '`media_count` and `comments_count` are off by so many',
  params: z.strictObject({ by: z.int().default(5) }),
  behave: ({ by }) => ({
    reshape: (body) => {
      for (const node of rowsOf(body) ?? [body]) {
        if (!isObject(node)) continue;
        for (const name of COUNTS) {
          if (typeof node[name] === 'number') node[name] = Math.max(0, node[name] + by);
        }
      }
      return body;
    },
  }),
});

export const dataWrapper = defineKind({
  summary: 'The account is answered as `{"data": [account]}`, as Meta’s sample shows it',
  params: z.strictObject({}),
  behave: () => ({
    applies: ({ edge }) => edge?.name === 'user',
    reshape: (body) => ({ data: [body] }),
  }),
});
