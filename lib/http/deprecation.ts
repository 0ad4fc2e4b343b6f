import type { Endpoint } from '../contract.ts';

/**
 * The headers of every answer of a deprecated operation: since when it should not be used (RFC 9745), and from when on it may
 * be removed (RFC 8594). Both are days in UTC.
 */
export const deprecationHeaders = ({ deprecated }: Pick<Endpoint, 'deprecated'>): Readonly<Record<string, string>> =>
  deprecated === undefined
    ? {}
    : {
        Deprecation: `@${Date.parse(deprecated.since) / 1_000}`,
        Sunset: new Date(deprecated.sunset).toUTCString(),
      };
