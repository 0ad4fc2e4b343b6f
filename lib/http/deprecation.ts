import type { Endpoint } from '../contract.ts';

/**
 * What every answer of an operation that is to go says: since when not to use it (RFC 9745), and when it will be gone (RFC
 * 8594). Both dates are days in UTC.
 */
export const deprecationHeaders = ({ deprecated }: Pick<Endpoint, 'deprecated'>): Readonly<Record<string, string>> =>
  deprecated === undefined
    ? {}
    : {
        Deprecation: `@${Date.parse(deprecated.since) / 1_000}`,
        Sunset: new Date(deprecated.sunset).toUTCString(),
      };
