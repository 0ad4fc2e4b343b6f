/**
 * Compares the API document with the last release's (`docs/api/released.json`), and fails if clients of that release would
 * break. With `--release` it stores the document as the new one to compare with.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { routes } from '../functions/routes.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { createApiDocument } from '../lib/openapi/document.ts';
import packageJson from '../package.json' with { type: 'json' };
import { brokenPromises, promiseOf } from './api-promise.ts';

const RELEASED = new URL('../docs/api/released.json', import.meta.url);

const document = createApiDocument(
  routes.map(({ contract }) => contract),
  { version: packageJson.version, serverUrl: 'https://api.test', problems: PROBLEMS },
);
const current = promiseOf(JSON.parse(JSON.stringify(document)));
if (process.argv.includes('--release')) {
  await writeFile(RELEASED, `${JSON.stringify(current, null, 1)}\n`);
} else {
  const released = JSON.parse(await readFile(RELEASED, 'utf8'));
  const broken = brokenPromises(released, current as never, new Date().toISOString().slice(0, 10));
  for (const line of broken) console.error(`broken promise: ${line}`);
  if (broken.length > 0) process.exitCode = 1;
}
