import { GraphError } from './errors.ts';

/** One name out of `fields=`: `comments.limit(50){id,replies{id}}` is a field with an argument and two of its own. */
export interface Field {
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
  /** null: none were named, so the nested node's default ones. */
  readonly fields: readonly Field[] | null;
  /** What stood between the braces, for links to the next page. */
  readonly text: string;
}

const MAX_DEPTH = 6;

const syntaxError = (reason: string, at: number, text: string) =>
  new GraphError({ message: `Syntax error "${reason}" at character ${at}: ${text.slice(0, 200)}`, code: 2500 });

/** @throws {GraphError} 2500 when it does not follow the grammar. */
const parse = (text: string): readonly Field[] => {
  let at = 0;
  const skipSpace = (): void => {
    while (text[at] === ' ' || text[at] === '\n') at += 1;
  };
  const name = (): string => {
    const start = at;
    while (at < text.length && /[A-Za-z0-9_]/.test(text.charAt(at))) at += 1;
    if (at === start) throw syntaxError(at === text.length ? 'Unexpected end of string.' : 'Expected name.', at, text);
    return text.slice(start, at);
  };
  const argument = (): [string, string] => {
    const key = name();
    if (text[at] !== '(') throw syntaxError('Expected "(".', at, text);
    const end = text.indexOf(')', at);
    if (end < 0) throw syntaxError('Expected ")".', text.length, text);
    const value = text.slice(at + 1, end);
    at = end + 1;
    return [key, value];
  };
  const field = (depth: number): Field => {
    const own = name();
    const args: Record<string, string> = {};
    while (text[at] === '.') {
      at += 1;
      const [key, value] = argument();
      args[key] = value;
    }
    skipSpace();
    if (text[at] !== '{') return { name: own, args, fields: null, text: '' };
    if (depth === MAX_DEPTH) throw syntaxError('Fields are nested too deeply.', at, text);
    at += 1;
    const start = at;
    const fields = list(depth + 1);
    if (text[at] !== '}') throw syntaxError('Expected "}".', at, text);
    at += 1;
    return { name: own, args, fields, text: text.slice(start, at - 1) };
  };
  const list = (depth: number): Field[] => {
    const fields: Field[] = [];
    do {
      if (fields.length > 0) at += 1;
      skipSpace();
      fields.push(field(depth));
      skipSpace();
    } while (text[at] === ',');
    return fields;
  };
  const fields = list(0);
  if (at < text.length) throw syntaxError('Expected end of string.', at, text);
  return fields;
};

const parsed = new Map<string, readonly Field[]>();
const MAX_PARSED_KEPT = 200;

/** Reads `fields=`; clients repeat themselves, so the last few hundred answers are kept. */
export const parseFields = (text: string): readonly Field[] => {
  let fields = parsed.get(text);
  if (!fields) {
    fields = parse(text);
    if (parsed.size >= MAX_PARSED_KEPT) parsed.clear();
    parsed.set(text, fields);
  }
  return fields;
};

/** Whether a name occurs at any depth. */
export const mentions = (fields: readonly Field[], name: string): boolean =>
  fields.some((field) => field.name === name || (field.fields !== null && mentions(field.fields, name)));

/** Whether any field has fields of its own. */
export const expands = (fields: readonly Field[]): boolean => fields.some((field) => field.fields !== null);
