/**
 * `npm run source-of -- <function>` reads a stack trace of a deployed function from its input and writes it with the places
 * in our sources. Run it on the commit that was deployed, after `npm run synth`: the same commit gives the same bundle.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { MAPS_FOLDER } from './bundling.ts';

const [entry] = process.argv.slice(2);
const FRAME = /(?:file:\/\/)?\/var\/task\/([\w.-]+\.mjs):(\d+):(\d+)/g;

const readMap = (path: string): SourceMap => new SourceMap(JSON.parse(readFileSync(path, 'utf8')));

const translate = (folder: string, line: string): string =>
  line.replace(FRAME, (frame, file: string, row: string, column: string) => {
    const path = join(folder, `${file}.map`);
    const origin = readMap(path).findEntry(Number(row) - 1, Number(column) - 1);
    if (!('originalSource' in origin)) return frame;
    const source = relative(process.cwd(), resolve(folder, origin.originalSource));
    return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  });

const folder = join(MAPS_FOLDER, entry ?? '');
if (entry !== undefined && existsSync(folder)) {
  console.log(translate(folder, await text(process.stdin)));
} else {
  console.error(
    'usage: npm run source-of -- <function, as in functions/<function>.ts> < stack-trace; npm run synth first',
  );
  process.exitCode = 1;
}
