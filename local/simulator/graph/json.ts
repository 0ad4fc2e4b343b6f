/** Anything JSON can say; `undefined` members are left out. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

const escapes: string[] = [];

/** Kept by character: captions are made of few, many times. */
const toEscape = (code: number): string => {
  escapes[code] ??= code === 0x2f ? '\\/' : `\\u${code.toString(16).padStart(4, '0')}`;
  return escapes[code];
};

const escapeRun = (run: string): string => {
  let escaped = '';
  for (let index = 0; index < run.length; index += 1) escaped += toEscape(run.charCodeAt(index));
  return escaped;
};

/** JSON as Graph writes it: plain ASCII, every other character as `\u…`, and slashes escaped. */
export const toGraphJson = (value: unknown): string => JSON.stringify(value).replace(/[/\u007f-\uffff]+/g, escapeRun);
