/** Writes `openapi.json` to the path it is given, for tools that read it from a file (`npm run check:api`). */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { routes } from '../functions/routes.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { createApiDocument } from '../lib/openapi/document.ts';
import packageJson from '../package.json' with { type: 'json' };

const [path = 'dist/openapi.json'] = process.argv.slice(2);
const document = createApiDocument(
  routes.map(({ contract }) => contract),
  { version: packageJson.version, serverUrl: 'https://api.test', problems: PROBLEMS },
);
await mkdir(dirname(path), { recursive: true });
await writeFile(path, `${JSON.stringify(document, null, 2)}\n`);
