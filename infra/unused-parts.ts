import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const absent = (what: string) => `throw new Error("This bundle has no ${what}")`;

/** Packages of slonik's that this service leaves unused: a driver in place of `lib/database/driver.ts`, a queue for interceptors
 * of a kind that is not used, spans (`tracing` is off), and a log that says nothing unless `ROARR_LOG` is set. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@slonik/pg-driver': `export const createPgDriverFactory = () => { ${absent('second driver')} };`,
  'p-queue': `export default class { constructor() { ${absent('queue')} } }`,
  '@opentelemetry/api':
    'export const trace = { getTracer: () => undefined }; export const SpanStatusCode = Object.create(null);',
  roarr: `
    const silent = () => undefined;
    export const Roarr = { child: () => Roarr, trace: silent, debug: silent, info: silent, warn: silent, error: silent };`,
  /** For values that JSON itself refuses: circular ones, and big integers. */
  'safe-stable-stringify': 'export const configure = () => () => undefined;',
};

/** The same for files of packages of which other files are needed. */
const FILES: Readonly<Record<string, string>> = {
  '@slonik/sql-tag/dist/sqlFragmentFactories/createIntervalSqlFragment.js': `export const createIntervalSqlFragment = () => { ${absent('sql.interval')} };`,
  /** `lib/database/type-parsers.ts` takes their place. */
  'slonik/dist/factories/createTypeParserPreset.js': 'export const createTypeParserPreset = () => [];',
  'slonik/dist/factories/typeParsers/createIntervalTypeParser.js': `export const createIntervalTypeParser = () => { ${absent('reader of intervals')} };`,
  'pg/lib/native/index.js': `module.exports = function () { ${absent('native client')} };`,
  /** slonik has a pool of its own. */
  'pg-pool/index.js': `module.exports = class { constructor() { ${absent('second pool')} } };`,
  /** Looks for a password in a file of the user's; a function has no such file. */
  'pgpass/lib/index.js': 'module.exports = (connection, give) => give(undefined);',
};

/** What turns schemas into JSON Schema. Every schema knows it, and only the API document asks. */
const JSON_SCHEMA = /[\\/]zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-processors)\.js$/;
const EXPORTED = /^export (?:const|function) (\w+)/gm;

const packageFilter = new RegExp(`^(${Object.keys(PACKAGES).join('|')})$`);
const fileFilter = new RegExp(
  `[\\\\/]node_modules[\\\\/](${Object.keys(FILES)
    .map((path) => path.replaceAll('.', '\\.').replaceAll('/', '[\\\\/]'))
    .join('|')})$`,
);
const fileIn = (path: string): string => {
  const [, name = ''] = fileFilter.exec(path) ?? [];
  return FILES[name.replaceAll('\\', '/')] ?? '';
};

/** Puts a few lines in place of what this service leaves unused: a third less to read at a cold start. */
export const withoutUnused: Plugin = {
  name: 'without-unused',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: packageFilter }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: packageFilter, namespace: 'unused' }, ({ path }) => ({ contents: PACKAGES[path] ?? '' }));
    onLoad({ filter: fileFilter }, ({ path }) => ({ contents: fileIn(path) }));
  },
};

/** The same for JSON Schema, in functions that do not describe the API. */
export const withoutJsonSchema: Plugin = {
  name: 'without-json-schema',
  setup: ({ onLoad }) => {
    onLoad({ filter: JSON_SCHEMA }, async ({ path }) => {
      const found = [...(await readFile(path, 'utf8')).matchAll(EXPORTED)].map(([, name = '']) => name);
      const names = [...new Set([...found, 'process'])];
      // Those that create a method are called by every schema; the method is not.
      const stubs = names.map((name) => `${/^create\w+Method$/.test(name) ? 'createMethod' : 'refuse'} as ${name}`);
      return {
        contents: `const refuse = () => { ${absent('JSON Schema')} }; const createMethod = () => refuse; export { ${stubs} };`,
      };
    });
  },
};
