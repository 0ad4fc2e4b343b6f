import { z } from 'zod';
import { defineKind } from './behaviour.ts';

export const unavailable = defineKind({
  summary: 'An empty answer of any status, by default 503',
  params: z.strictObject({ status: z.int().min(200).max(599).default(503), body: z.string().default('') }),
  behave: ({ status, body }) => ({ replace: () => ({ status, contentType: 'text/plain', body }) }),
});

const ERROR_PAGE = `<!DOCTYPE html>
<html lang="en" id="facebook"><head><title>Facebook | Error</title></head>
<body><div id="core"><h1 id="sorry">Sorry, something went wrong.</h1><p id="promise">We're working on it and we'll get it fixed as soon as we can.</p></div></body></html>
`;

export const html = defineKind({
  summary: 'A page of HTML in place of JSON, by default with status 502',
  params: z.strictObject({ status: z.int().min(200).max(599).default(502) }),
  behave: ({ status }) => ({ replace: () => ({ status, contentType: 'text/html; charset=utf-8', body: ERROR_PAGE }) }),
});

export const redirect = defineKind({
  summary: 'A redirect; a client that follows it sends its token to another host (see the log of calls)',
  params: z.strictObject({
    status: z.literal([301, 302, 303, 307, 308]).default(302),
    location: z.string().default('/redirected'),
  }),
  behave: ({ status, location }) => ({
    replace: () => ({ status, contentType: 'text/plain', body: '', headers: { Location: location } }),
  }),
});

export const reset = defineKind({
  summary: 'The connection is closed without an answer',
  params: z.strictObject({}),
  behave: () => ({ manner: 'reset' }),
});

export const truncated = defineKind({
  summary: 'Half an answer: broken JSON (text), or fewer bytes than announced (connection)',
  params: z.strictObject({ how: z.enum(['text', 'connection']).default('text') }),
  behave: ({ how }) => ({ manner: how === 'text' ? 'cut' : 'unfinished' }),
});

export const hang = defineKind({
  summary: 'No answer until the scenario ends or the caller leaves',
  params: z.strictObject({}),
  behave: () => ({ holds: true }),
});

export const slowPages = defineKind({
  summary: 'A page of more rows than this is not answered until the caller has left',
  params: z.strictObject({ limit: z.int().min(0).default(25) }),
  behave: ({ limit }) => ({
    applies: ({ edge, params }) => edge?.isList === true && Number(params.get('limit') ?? 25) > limit,
    holds: true,
  }),
});

export const late = defineKind({
  summary: 'No answer until the scenario ends, then the usual one; a write happens even if the caller has left',
  params: z.strictObject({}),
  behave: () => ({ waits: true }),
});

export const slow = defineKind({
  summary: 'The answer takes this many milliseconds longer; a write happens even if the caller has left',
  params: z.strictObject({ ms: z.int().min(0).max(600_000).default(2_000) }),
  behave: ({ ms }) => ({ delayMs: ms }),
});

export const usage = defineKind({
  summary: 'Usage headers with these percentages and minutes',
  params: z.strictObject({
    app: z.number().min(0).default(1),
    business: z.number().min(0).default(1),
    minutes: z.int().min(0).default(0),
  }),
  behave: (shares) => ({ usage: shares }),
});
