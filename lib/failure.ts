import { z } from 'zod';
import { ERROR_CODES, ServiceError } from './errors.ts';

/** What Instagram itself said, as it is stored and shown. */
export const instagramDetailsSchema = z.object({
  code: z.number().nullable(),
  error_subcode: z.number().nullable(),
  message: z.string(),
  fbtrace_id: z.string().nullable(),
});

/** A failure as rows keep it: what a `ServiceError` tells clients. */
export const failureSchema = z.strictObject({
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  instagram: instagramDetailsSchema.nullable(),
});
export type Failure = z.output<typeof failureSchema>;

/** What every problem document (RFC 9457) says. */
export const PROBLEM_MEMBERS = {
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(ERROR_CODES),
  retryable: z.boolean(),
};

/** A failure as clients see it inside a row's representation: something that failed earlier, in no request of the reader's. */
export const storedProblemSchema = z
  .object({ ...PROBLEM_MEMBERS, instagram: instagramDetailsSchema.nullable() })
  .meta({ id: 'StoredProblem' });
export type StoredProblem = z.output<typeof storedProblemSchema>;

/** The part of an error that is kept. */
export const toFailure = ({ code, message, options }: ServiceError): Failure => ({
  code,
  detail: message,
  instagram: options.instagram ?? null,
});

/** The error of a kept failure, to be thrown or shown. */
export const fromFailure = (
  { code, detail, instagram }: Failure,
  extensions: Readonly<Record<string, unknown>> = {},
): ServiceError => new ServiceError(code, detail, { ...(instagram === null ? {} : { instagram }), extensions });
