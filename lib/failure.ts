import { z } from 'zod';
import { ERROR_CODES, ServiceError } from './errors.ts';

/** A failure as rows keep it: what a `ServiceError` says to clients, and nothing else of it. */
export const failureSchema = z.strictObject({
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  instagram: z
    .strictObject({
      code: z.number().nullable(),
      error_subcode: z.number().nullable(),
      message: z.string(),
      fbtrace_id: z.string().nullable(),
    })
    .nullable(),
});
export type Failure = z.output<typeof failureSchema>;

/** What to keep of an error. */
export const toFailure = ({ code, message, options }: ServiceError): Failure => ({
  code,
  detail: message,
  instagram: options.instagram ?? null,
});

/** The error again, to be thrown or shown. */
export const fromFailure = (
  { code, detail, instagram }: Failure,
  extensions: Readonly<Record<string, unknown>> = {},
): ServiceError => new ServiceError(code, detail, { ...(instagram === null ? {} : { instagram }), extensions });
