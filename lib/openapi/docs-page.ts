import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { ServiceError } from '../errors.ts';

/** The page loads nothing from other hosts, and runs only its own scripts. */
export const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Instagram service: API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** The validator is off: with it, Swagger UI sends the document to its makers' server. */
const START_SCRIPT = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});
`;

const SCRIPT = 'text/javascript; charset=utf-8';
const vendored = (file: string) => () =>
  readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${file}`), 'utf8');
const FILES: Readonly<Record<string, { type: string; read: () => Promise<string> }>> = {
  'start.js': { type: SCRIPT, read: async () => START_SCRIPT },
  'swagger-ui-bundle.js': { type: SCRIPT, read: vendored('swagger-ui-bundle.js') },
  'swagger-ui.css': { type: 'text/css; charset=utf-8', read: vendored('swagger-ui.css') },
};

/** A file of the reference page. @throws {ServiceError} `not_found` for any other name. */
export const readDocsFile = async (name: string): Promise<{ type: string; text: string }> => {
  const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (file === undefined) throw new ServiceError('not_found', 'The reference page has no such file');
  return { type: file.type, text: await file.read() };
};
