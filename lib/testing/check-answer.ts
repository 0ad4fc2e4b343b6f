import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { routes } from '../../functions/routes.ts';
import { type Endpoint, pathsOf } from '../contract.ts';
import { PROBLEMS } from '../http/problem.ts';
import { createApiDocument } from '../openapi/document.ts';

const document = createApiDocument(
  routes.map(({ contract }) => contract),
  { version: '0.0.0', serverUrl: 'https://api.test', problems: PROBLEMS },
);
const DOCUMENT = 'https://api.test/openapi.json';
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ ...document, $id: DOCUMENT });

interface Described {
  content?: Record<string, { examples?: Record<string, unknown> }>;
}

const validators = new Map<string, ValidateFunction>();
const validatorOf = (pointer: string): ValidateFunction => {
  const known = validators.get(pointer) ?? ajv.compile({ $ref: `${DOCUMENT}#${pointer}` });
  validators.set(pointer, known);
  return known;
};
const escaped = (segment: string) => encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));

/**
 * Holds an answer against `openapi.json`: its status, its content type, its body, and the code of a problem must be what
 * the document promises. Answers of endpoints outside the registry (a test's own) pass.
 * @throws {Error} saying what the document does not know.
 */
export const checkAnswer = (
  contract: Endpoint,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: unknown },
): void => {
  if (!routes.some((route) => route.contract === contract)) return;
  const path = pathsOf(contract)[0] ?? '';
  const method = contract.method.toLowerCase();
  const operation = document.paths?.[path]?.[method as 'get'];
  const name = `${contract.operationId} answering ${status}`;
  const described = operation?.responses?.[String(status) as '200'] as Described | undefined;
  if (described === undefined) throw new Error(`${name}: the document knows no such status (${JSON.stringify(body)})`);
  if (described.content === undefined) {
    if (body !== undefined && body !== '') throw new Error(`${name}: the document promises no body`);
    return;
  }
  const type = Object.keys(described.content).find((known) => known === headers['content-type']?.toLowerCase());
  if (type === undefined && !/^text\//.test(headers['content-type'] ?? '')) {
    throw new Error(`${name}: the document knows no content type ${headers['content-type']}`);
  }
  if (type === undefined) return;
  const { examples } = described.content[type] ?? {};
  const { code } = (body ?? {}) as { code?: string };
  if (type === 'application/problem+json' && !Object.hasOwn(examples ?? {}, code ?? '')) {
    throw new Error(`${name}: the document does not say that it may be ${code}`);
  }
  const validate = validatorOf(
    ['', 'paths', path, method, 'responses', status, 'content', type, 'schema']
      .map((one) => escaped(String(one)))
      .join('/'),
  );
  if (!validate(body)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)}`);
};
