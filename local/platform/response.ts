import { z } from 'zod';

/** The response that is sent. */
export interface WireResponse {
  status: number;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: Buffer;
}

/** Headers that API Gateway sets itself, or that are about a connection that the function does not have. */
const IGNORED = new Set(['apigw-requestid', 'connection', 'content-length', 'keep-alive', 'transfer-encoding']);

const headerValueSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const structuredSchema = z.looseObject({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), headerValueSchema.nullish()).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** An answer of the gateway's own. */
export const gatewayResponse = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify({ message })),
});

/**
 * Reads a function's result as API Gateway reads payload format 2.0: with a `statusCode` it is a whole response, or a 500
 * when its parts are of the wrong kind; without, it is the JSON body of a 200.
 */
export const toResponse = (result: unknown): WireResponse => {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(result ?? null)),
    };
  }
  const parsed = structuredSchema.safeParse(result);
  if (!parsed.success) return gatewayResponse(500, 'Internal Server Error');
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const given = Object.entries(headers ?? {}).flatMap(([name, value]) =>
    value === null || value === undefined || IGNORED.has(name.toLowerCase()) ? [] : [[name, value] as const],
  );
  const hasType = given.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status: statusCode,
    headers: {
      ...(!hasType && body && { 'content-type': 'text/plain; charset=utf-8' }),
      ...Object.fromEntries(given),
      ...(cookies && cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
};
