import { z } from 'zod';
import { endpoint } from '../contract.ts';
import { PROBLEM_PAGE_PATH, PROBLEMS_PATH } from '../problem-url.ts';

/** What a contract says of a page for people. */
const HTML_PAGE = {
  responses: { 200: z.string().meta({ example: '<!doctype html>' }) },
  produces: 'text/html; charset=utf-8',
};

export const getOpenApiContract = endpoint({
  method: 'GET',
  base: '',
  path: '/openapi.json',
  operationId: 'getOpenApi',
  summary: 'The OpenAPI 3.1 document of this API',
  tags: ['docs'],
  scope: null,
  request: z.object({}),
  responses: { 200: z.looseObject({ openapi: z.string().meta({ example: '3.1.0' }) }) },
  problems: [],
});

export const getDocsContract = endpoint({
  method: 'GET',
  base: '',
  path: '/docs',
  operationId: 'getDocs',
  summary: 'The same document as a page, to read and to try',
  tags: ['docs'],
  scope: null,
  request: z.object({}),
  ...HTML_PAGE,
  problems: [],
});

export const getDocsFileContract = endpoint({
  method: 'GET',
  base: '',
  path: '/docs/{file}',
  operationId: 'getDocsFile',
  summary: 'A script or style sheet of that page',
  tags: ['docs'],
  scope: null,
  request: z.object({ params: z.object({ file: z.string().meta({ example: 'swagger-ui.css' }) }) }),
  responses: { 200: z.string().meta({ example: 'body {}' }) },
  produces: 'text/plain; charset=utf-8',
  problems: ['not_found'],
});

export const getProblemPageContract = endpoint({
  method: 'GET',
  base: '',
  path: PROBLEM_PAGE_PATH,
  operationId: 'getProblemPage',
  summary: 'What a problem code means, and who can do what about it',
  tags: ['docs'],
  scope: null,
  request: z.object({ params: z.object({ code: z.string().meta({ example: 'media_gone' }) }) }),
  ...HTML_PAGE,
  problems: ['not_found'],
});

export const listProblemsContract = endpoint({
  method: 'GET',
  base: '',
  path: PROBLEMS_PATH,
  operationId: 'listProblems',
  summary: 'All problem codes, each with a link to its page',
  tags: ['docs'],
  scope: null,
  request: z.object({}),
  ...HTML_PAGE,
  problems: [],
});
