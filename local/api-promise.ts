import { ALIASES, SUNSET } from '../lib/openapi/document.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Node = { readonly [key: string]: Json };

const isNode = (value: Json | undefined): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const nodeAt = (node: Node, key: string): Node => {
  const value = node[key];
  return isNode(value) ? value : {};
};
const listAt = (node: Node, key: string): readonly Json[] => {
  const value = node[key];
  return Array.isArray(value) ? value : [];
};

/** Members that clients do not rely on: words and examples. */
const WORDS = new Set(['description', 'summary', 'title', 'termsOfService']);
const EXAMPLES = new Set(['example', 'examples']);

/** A document without its words and examples: this is kept of a release, to compare later ones with it. */
export const promiseOf = (document: Json): Json => {
  if (Array.isArray(document)) return document.map(promiseOf);
  if (!isNode(document)) return document;
  return Object.fromEntries(
    Object.entries(document)
      .filter(([key, value]) => !EXAMPLES.has(key) && !(WORDS.has(key) && typeof value === 'string'))
      .map(([key, value]) => [key, promiseOf(value)]),
  );
};

/** Where a schema is used: a request must not accept less than before, an answer must not contain less. */
type Side = 'request' | 'response';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/**
 * What an earlier document promised and a later one does not, a line each: a path, method, parameter, field, type, enum value,
 * status or content type that is gone; a parameter, request field or scope that is newly required. What was deprecated may be
 * removed after its sunset. Both are OpenAPI 3.1 documents.
 */
export const brokenPromises = (earlier: Node, later: Node, today: string): string[] => {
  const broken: string[] = [];
  const kept = new Map(operationsOf(later).map(([path, method, operation]) => [`${method} ${path}`, operation]));
  for (const [path, method, before] of operationsOf(earlier)) {
    const name = `${method.toUpperCase()} ${path}`;
    const after = kept.get(`${method} ${path}`);
    const sunset = before[SUNSET];
    if (after !== undefined) broken.push(...compareOperations(before, after).map((line) => `${name}: ${line}`));
    else if (typeof sunset !== 'string' || sunset > today) broken.push(`${name} is gone`);
  }
  return broken;

  function compareOperations(before: Node, after: Node): string[] {
    const scopes = (operation: Node) => listAt(operation, 'security').flatMap((one) => Object.values(one ?? {}).flat());
    return [
      ...scopes(after)
        .filter((scope) => !scopes(before).includes(scope))
        .map((scope) => `asks for the scope ${String(scope)}`),
      ...compareParameters(before, after),
      ...compareContents('request', nodeAt(before, 'requestBody'), nodeAt(after, 'requestBody'), 'body'),
      ...Object.keys(nodeAt(before, 'responses')).flatMap((status) => {
        const kept = nodeAt(after, 'responses')[status];
        if (!isNode(kept)) return [`status ${status} is gone`];
        return compareContents('response', nodeAt(nodeAt(before, 'responses'), status), kept, status);
      }),
    ];
  }

  function compareParameters(before: Node, after: Node): string[] {
    const keyOf = (parameter: Node) => `${String(parameter.in)} parameter ${String(parameter.name)}`;
    const read = (operation: Node) =>
      new Map(
        listAt(operation, 'parameters')
          .filter(isNode)
          .map((parameter) => [keyOf(parameter), parameter]),
      );
    const [had, has] = [read(before), read(after)];
    return [
      ...[...had].flatMap(([key, parameter]) => {
        const kept = has.get(key);
        if (kept === undefined) return [`${key} is gone`];
        return compareSchemas('request', nodeAt(parameter, 'schema'), nodeAt(kept, 'schema'), key);
      }),
      ...[...has]
        .filter(([key, { required }]) => required === true && had.get(key)?.required !== true)
        .map(([key]) => `${key} is newly required`),
    ];
  }

  function compareContents(side: Side, before: Node, after: Node, where: string): string[] {
    return Object.keys(nodeAt(before, 'content')).flatMap((type) => {
      const kept = nodeAt(after, 'content')[type];
      if (!isNode(kept)) return [`${where} is no longer ${type}`];
      const schema = nodeAt(nodeAt(nodeAt(before, 'content'), type), 'schema');
      return compareSchemas(side, schema, nodeAt(kept, 'schema'), where);
    });
  }

  function compareSchemas(side: Side, old: Node, fresh: Node, where: string, seen: readonly Node[] = []): string[] {
    const before = resolve(earlier, old);
    const after = resolve(later, fresh);
    if (seen.includes(before)) return []; // a schema within itself
    const below = [...seen, before];
    const required = (schema: Node) => listAt(schema, 'required').map(String);
    const gone = valuesOf(before).filter((value) => valuesOf(after).length > 0 && !valuesOf(after).includes(value));
    const newlyRequired = required(after).filter((name) => !required(before).includes(name));
    const noLongerSure = required(before).filter((name) => !required(after).includes(name));
    return [
      ...(JSON.stringify(before.type) === JSON.stringify(after.type) || after.type === undefined
        ? []
        : [`${where} is ${JSON.stringify(after.type)}, no longer ${JSON.stringify(before.type ?? 'anything')}`]),
      ...gone.map((value) => `${where} is never ${value} any longer`),
      ...(side === 'request' ? newlyRequired.map((name) => `${where}.${name} is newly required`) : []),
      ...Object.entries(nodeAt(before, 'properties')).flatMap(([name, child]) => {
        const kept = nodeAt(after, 'properties')[name];
        if (!isNode(kept)) return [`${where}.${name} is gone`];
        const unsure = side === 'response' && noLongerSure.includes(name) ? [`${where}.${name} may be left out`] : [];
        return [...unsure, ...compareSchemas(side, isNode(child) ? child : {}, kept, `${where}.${name}`, below)];
      }),
      ...(isNode(before.items) ? compareSchemas(side, before.items, nodeAt(after, 'items'), `${where}[]`, below) : []),
      ...['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
        listAt(before, key).flatMap((one, index) => {
          const kept = listAt(after, key)[index];
          if (!isNode(one)) return [];
          return isNode(kept) ? compareSchemas(side, one, kept, where, below) : [`${where} has one form less`];
        }),
      ),
    ];
  }
};

/** Every operation under every path that it has. */
const operationsOf = (document: Node): (readonly [string, string, Node])[] =>
  Object.entries(nodeAt(document, 'paths')).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = isNode(item) ? item[method] : undefined;
      if (!isNode(operation)) return [];
      return [path, ...listAt(operation, ALIASES).map(String)].map((one) => [one, method, operation] as const);
    }),
  );

const resolve = (document: Node, schema: Node): Node => {
  if (typeof schema.$ref !== 'string') return schema;
  const found = schema.$ref
    .replace(/^#\//, '')
    .split('/')
    .reduce((node, key) => nodeAt(node, key), document);
  return resolve(document, found);
};

const valuesOf = (schema: Node): string[] =>
  [...listAt(schema, 'enum'), ...('const' in schema ? [schema.const] : [])].map((value) => JSON.stringify(value));
