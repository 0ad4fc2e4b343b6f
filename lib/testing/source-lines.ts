import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** Every line of the code in these top folders, but for tests and what serves them. */
export const sourceLines = (...folders: readonly string[]): { file: string; line: string }[] =>
  folders
    .flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    )
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|^lib\/testing\//.test(file))
    .toSorted()
    .flatMap((file) =>
      readFileSync(new URL(file, ROOT), 'utf8')
        .split('\n')
        .map((line) => ({ file, line })),
    );
