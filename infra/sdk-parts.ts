import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** Where a function finds the AWS SDK's parts, beside its own script. */
const SDK_FOLDER = 'sdk';
const IMPORTED = /^\.\/sdk\/([\w-]+)\.mjs$/;

/**
 * Leaves packages of the AWS SDK that are imported on first use out of a function's own build. They are built once for all
 * functions and copied: they are nine tenths of the files of a function, and three quarters of the time its build takes.
 */
export const sdkApart: Plugin = {
  name: 'sdk-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@aws-sdk\/[\w-]+$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${SDK_FOLDER}/${basename(path)}.mjs`, external: true } : undefined,
    );
  },
};

/** The packages that a build has left out, by their names without `@aws-sdk/`. */
export const sdkPackagesIn = ({ outputs }: Metafile): string[] => {
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => IMPORTED.exec(path)?.[1]));
  return [...new Set(imported.filter((name) => name !== undefined))];
};

/** The SDK's parts, built: `give` copies those that some packages need to a function, and says how many bytes they are. */
export interface SdkParts {
  give: (packages: readonly string[], functionFolder: string) => Promise<number>;
}

/** Builds packages of the SDK together into `folder`, what they share being in files of their own. */
export const buildSdkParts = async (
  packages: readonly string[],
  folder: string,
  options: BuildOptions,
): Promise<SdkParts> => {
  if (packages.length === 0) return { give: async () => 0 };
  const { metafile } = await build({
    ...options,
    entryPoints: Object.fromEntries(packages.map((name) => [name, `@aws-sdk/${name}`])),
    outdir: folder,
    metafile: true,
  });
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const addTo = (needed: Set<string>, file: string): void => {
    if (needed.has(file)) return;
    needed.add(file);
    for (const { path } of outputs.get(file)?.imports ?? [])
      if (outputs.has(basename(path))) addTo(needed, basename(path));
  };
  return {
    give: async (wanted, functionFolder) => {
      const needed = new Set<string>();
      for (const name of wanted) addTo(needed, `${name}.mjs`);
      const target = join(functionFolder, SDK_FOLDER);
      if (needed.size > 0) await mkdir(target, { recursive: true });
      await Promise.all([...needed].map((file) => cp(join(folder, file), join(target, file))));
      return [...needed].reduce((sum, file) => sum + (outputs.get(file)?.bytes ?? 0), 0);
    },
  };
};
