import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { buildSdkParts, sdkApart, sdkPackagesIn } from './sdk-parts.ts';
import { withoutJsonSchema, withoutUnused } from './unused-parts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where bundles go, each in a folder named after its entry, just as it is deployed. */
export const BUNDLES_FOLDER = join(ROOT, 'dist', 'bundles');
/** Source maps, for `npm run source-of`; not deployed: reading one at a cold start takes 6 ms. */
export const MAPS_FOLDER = join(ROOT, 'dist', 'maps');

/** One function, built. */
export interface Bundle {
  entry: string;
  /** The folder that is deployed; `index.handler` in it is what Lambda calls. */
  folder: string;
  /** JavaScript in it, the parts that are loaded on first use included. */
  bytes: number;
  /** JavaScript that is read at a cold start. */
  initialBytes: number;
  /** The source files in it, relative to the repository, that contribute any code. */
  sources: readonly string[];
  /** Those of them that are read at a cold start. */
  initialSources: readonly string[];
}

/**
 * `import { z } from 'zod'` hands over all of zod, of which a function uses half; the same import written as a namespace
 * lets esbuild leave the rest out (97 KB of 435, its locales among them).
 */
const zodAsNamespace: Plugin = {
  name: 'zod-as-namespace',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/](functions|lib)[\\/].*\.ts$|[\\/]@slonik[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/^import \{ z \} from (['"])zod\1;$/m, "import * as z from 'zod';");
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
    });
  },
};

/** Entries that write the API document from the schemas. */
const DESCRIBES_SCHEMAS = ['get-openapi'];

/** How every function is built, for Lambda, for the tests that call the bundles, and for the benchmark. */
export const BUNDLE_OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // As modules: of CommonJS an `import()` has nothing but a default export. Their unused parts can be left out, too.
  mainFields: ['module', 'main'],
  conditions: ['module'],
  splitting: true, // what is imported on first use stays a file of its own
  outExtension: { '.js': '.mjs' },
  chunkNames: 'part-[hash]',
  minify: true,
  legalComments: 'none',
  // CommonJS packages call `require` for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  plugins: [withoutUnused, zodAsNamespace], // the first that knows a file loads it
  logLevel: 'error',
} as const satisfies BuildOptions;

/**
 * How Node runs them: with a young generation of 3 × 4 MB. Two pages of media fit, and more would only stay with the
 * process: a sync of 10,000 then takes 1.07 times the memory of one of 1,000 instead of 1.18 times, and no longer.
 */
export const NODE_OPTIONS = '--max-semi-space-size=4';

/** Files and folders that a function reads at run time, in the same place beside it as in the repository. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  migrate: ['migrations'],
  'get-docs-file': ['package.json', 'swagger-ui-bundle.js', 'swagger-ui.css'].map(
    (file) => `node_modules/swagger-ui-dist/${file}`,
  ),
};
/** In every function whose code is to open the database. */
const OPENS_DATABASE = 'lib/database/create-database.ts';

export interface BundleTarget {
  folder?: string;
  maps?: string;
  /** PEM of whom to trust as the database: `rds-ca.pem` beside every function that opens it. */
  databaseAuthorities?: string;
}

/**
 * Builds `functions/<entry>.ts` for each entry; the same sources give the same bytes. `folder` is emptied first.
 * @throws {Error} esbuild's, naming file and line.
 */
export const bundleFunctions = async (
  entries: readonly string[],
  { folder = BUNDLES_FOLDER, maps = MAPS_FOLDER, databaseAuthorities }: BundleTarget = {},
): Promise<ReadonlyMap<string, Bundle>> => {
  await Promise.all([folder, maps].map((path) => rm(path, { recursive: true, force: true })));
  const built = await Promise.all(
    entries.map((entry) => bundleFunction(entry, join(folder, entry), join(maps, entry), databaseAuthorities)),
  );
  const packages = [...new Set(built.flatMap((bundle) => bundle.sdkPackages))].sort();
  const sdk = await buildSdkParts(packages, join(folder, '.sdk'), BUNDLE_OPTIONS);
  const bundles = await Promise.all(
    built.map(async ({ sdkPackages, ...bundle }): Promise<[string, Bundle]> => {
      const sdkBytes = await sdk.give(sdkPackages, bundle.folder);
      return [bundle.entry, { ...bundle, bytes: bundle.bytes + sdkBytes }];
    }),
  );
  return new Map(bundles);
};

const bundleFunction = async (
  entry: string,
  folder: string,
  maps: string,
  databaseAuthorities: string | undefined,
): Promise<Bundle & { sdkPackages: readonly string[] }> => {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    plugins: [...BUNDLE_OPTIONS.plugins, ...(DESCRIBES_SCHEMAS.includes(entry) ? [] : [withoutJsonSchema]), sdkApart],
    entryPoints: { index: `functions/${entry}.ts` },
    outdir: folder,
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
  });
  await moveMaps(metafile, folder, maps);
  for (const path of FILES[entry] ?? []) await cp(join(ROOT, path), join(folder, path), { recursive: true });
  const scripts = Object.entries(metafile.outputs).filter(([path]) => path.endsWith('.mjs'));
  const sources = sourcesOf(scripts.map(([, output]) => output));
  if (databaseAuthorities !== undefined && sources.includes(OPENS_DATABASE)) {
    await writeFile(join(folder, 'rds-ca.pem'), databaseAuthorities);
  }
  const atStart = loadedAtStart(metafile, scripts.find(([path]) => path.endsWith('/index.mjs'))?.[0] ?? '');
  const initial = scripts.filter(([path]) => atStart.has(path));
  return {
    entry,
    folder,
    bytes: sum(scripts.map(([, { bytes }]) => bytes)),
    initialBytes: sum(initial.map(([, { bytes }]) => bytes)),
    sources,
    initialSources: sourcesOf(initial.map(([, output]) => output)),
    sdkPackages: sdkPackagesIn(metafile),
  };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** A script and those that it imports, and they import, but for imports on first use. */
const loadedAtStart = ({ outputs }: Metafile, path: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { kind, path: imported } of outputs[path]?.imports ?? []) {
    if (kind === 'import-statement' && imported in outputs) loadedAtStart({ inputs: {}, outputs }, imported, seen);
  }
  return seen;
};

const sourcesOf = (outputs: readonly Metafile['outputs'][string][]): string[] => {
  const used = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  return [...new Set(used.map(([path]) => path))].sort();
};

const moveMaps = async (metafile: Metafile, folder: string, maps: string): Promise<void> => {
  await mkdir(maps, { recursive: true });
  const written = Object.keys(metafile.outputs).filter((path) => path.endsWith('.map'));
  for (const path of written) {
    const from = resolve(ROOT, path);
    await cp(from, join(maps, relative(folder, from)));
    await rm(from);
  }
};
