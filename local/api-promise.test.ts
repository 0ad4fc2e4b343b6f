import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { routes } from '../functions/routes.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { createApiDocument } from '../lib/openapi/document.ts';
import { brokenPromises, promiseOf } from './api-promise.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests break the document in every way
type Document = any;
const made = createApiDocument(
  routes.map(({ contract }) => contract),
  { version: '1.0.0', serverUrl: 'https://api.test', problems: PROBLEMS },
);
const promise = promiseOf(JSON.parse(JSON.stringify(made)));
const current = (): Document => structuredClone(promise);
const TODAY = '2026-12-01';
const PUBLICATIONS = '/api/v1/publications';
/** What a change of the document breaks. */
const breaking = (change: (document: Document) => void, before: (document: Document) => void = () => {}) => {
  const [earlier, later] = [current(), current()];
  before(earlier);
  change(later);
  return brokenPromises(earlier, later, TODAY);
};

test('this document keeps what the last release promised', () => {
  const released = JSON.parse(readFileSync(new URL('../docs/api/released.json', import.meta.url), 'utf8'));
  expect(brokenPromises(released, current(), TODAY)).toEqual([]);
});

test.each<[string, (document: Document) => void, RegExp]>([
  ['a path', (d) => delete d.paths['/api/v1/posts'], /^GET \/api\/v1\/posts is gone$/],
  ['a method', (d) => delete d.paths['/api/v1/posts/{id}'].patch, /^PATCH \/api\/v1\/posts\/\{id\} is gone$/],
  ['another path of an operation', (d) => delete d.paths[PUBLICATIONS].post['x-aliases'], /instagram\/images is gone$/],
  ['a status', (d) => delete d.paths[PUBLICATIONS].post.responses[202], /status 202 is gone$/],
  ['a query parameter', (d) => d.paths['/api/v1/posts'].get.parameters.shift(), /query parameter \w+ is gone$/],
  ['a field of an answer', (d) => delete d.components.schemas.Comment.properties.text, /\.text is gone$/],
  [
    'a field within a field of an answer',
    (d) => delete d.components.schemas.StoredProblem.properties.code,
    /error\.code is gone$/,
  ],
  [
    'that a field of an answer is always there',
    (d) => d.components.schemas.Comment.required.splice(0, 1),
    /may be left out$/,
  ],
  ['a field of a body', (d) => delete d.components.schemas.NewPublication.properties.caption, /body\.caption is gone$/],
  [
    'a field within a body',
    (d) => delete d.components.schemas.NewPublicationPart.properties.alt_text,
    /children\[\]\.alt_text is gone$/,
  ],
  [
    'that a field of a body may be left out',
    (d) => (d.components.schemas.NewPublication.required = ['caption']),
    /body\.caption is newly required$/,
  ],
  [
    'a value of a body',
    (d) => d.components.schemas.NewPublication.properties.kind.enum.pop(),
    /body\.kind is never "video" any longer$/,
  ],
  ['a code of problems', (d) => d.components.schemas.Problem.properties.code.enum.pop(), /is never "internal_error"/],
  [
    'the type of a field',
    (d) => (d.components.schemas.NewPublication.properties.caption.type = 'integer'),
    /body\.caption is "integer", no longer "string"$/,
  ],
  [
    'that a parameter may be left out',
    (d) => (d.paths['/api/v1/posts'].get.parameters[0].required = true),
    /parameter \w+ is newly required$/,
  ],
  [
    'what a token needs',
    (d) => d.paths['/api/v1/posts'].get.security.push({ bearer: ['sync:write'] }),
    /asks for the scope sync:write$/,
  ],
  [
    'the type of a content',
    (d) => (d.paths['/api/v1/posts'].get.responses[200].content = { 'text/csv': {} }),
    /200 is no longer application\/json$/,
  ],
])('clients notice when it loses %s', (_, change, line) => {
  expect(breaking(change)).toEqual(expect.arrayContaining([expect.stringMatching(line)]));
});

test.each<[string, (document: Document) => void]>([
  ['a path', (d) => (d.paths['/api/v1/new'] = { get: { responses: {} } })],
  ['a field of an answer', (d) => (d.components.schemas.Comment.properties.more = { type: 'string' })],
  ['an optional field of a body', (d) => (d.components.schemas.NewPublication.properties.more = { type: 'string' })],
  ['a value', (d) => d.components.schemas.NewPublication.properties.kind.enum.push('live')],
  ['an optional parameter', (d) => d.paths['/api/v1/posts'].get.parameters.push({ in: 'query', name: 'more' })],
  ['other words', (d) => (d.paths['/api/v1/posts'].get.summary = 'Else')],
])('clients do not notice when it gets %s', (_, change) => {
  expect(breaking(change)).toEqual([]);
});

test.each([
  ['2026-11-30', []],
  ['2026-12-01', []],
  ['2026-12-02', ['GET /api/v1/posts is gone']],
])('what was deprecated may go from its sunset on, not before: %s', (sunset, lines) => {
  const remove = (document: Document) => delete document.paths['/api/v1/posts'];
  const deprecate = (document: Document) => (document.paths['/api/v1/posts'].get['x-sunset'] = sunset);
  expect(breaking(remove, deprecate)).toEqual(lines);
});
