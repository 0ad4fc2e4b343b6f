import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Scope } from '../../lib/contract.ts';
import { errorFields, logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import { isLoopback } from './access.ts';
import type { Authorization } from './http-adapter.ts';

/** The algorithms of API Gateway's JWT authorizer. Not `none`, and not HMAC, for which a public key could serve as the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
const CLOCK_SKEW_SECONDS = 60;
const DISCOVERY_TIMEOUT_MS = 5_000;
/** An unknown key makes us ask the issuer again, but no more often than this: anybody can invent tokens. */
const KEYS_COOLDOWN_MS = 30_000;
const KEYS_KEPT_MS = 2 * 60 * 60_000;
/** When to try again if the issuer's keys cannot be read. */
const RETRY_AFTER_SECONDS = 5;

const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });

/** A token that is not valid; the message tells its holder why. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What `jose` throws if the issuer's keys were read, and none of them signed the token. */
const TOKENS_FAULT = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** The issuer's keys cannot be read, which says nothing about the token. */
class IssuerUnusable extends Error {
  override readonly name = 'IssuerUnusable';
}

/** Keys that are sent without TLS could be anybody's, except within this machine. */
const isTrusted = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));

/**
 * Checks the issuer's URL before anything is served.
 * @throws {Error} one line that names the variable.
 */
export const checkIssuer = (issuer: string): void => {
  if (!URL.canParse(issuer) || !isTrusted(new URL(issuer))) {
    throw new Error('OIDC_ISSUER: must be an https URL (http only on a loopback address)');
  }
};

/** The issuer's keys, from its discovery document. They are read at the first token; then `jose` keeps them. */
const discoverKeys = async (issuer: string, cooldownDuration: number) => {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the discovery document answers ${response.status}`);
  const document = discoverySchema.parse(await response.json());
  if (document.issuer !== issuer) throw new Error('the discovery document names another issuer');
  const keys = new URL(document.jwks_uri);
  if (!isTrusted(keys)) throw new Error('jwks_uri is no https URL');
  return createRemoteJWKSet(keys, {
    cooldownDuration,
    cacheMaxAge: KEYS_KEPT_MS,
    timeoutDuration: DISCOVERY_TIMEOUT_MS,
  });
};

const listOf = (claim: unknown): string[] => {
  if (typeof claim === 'string') return claim.split(' ').filter((one) => one !== '');
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];
};

/** `aud` decides, if there is one. Some issuers (Cognito) name the client in `client_id` instead. */
const isForUs = ({ aud, client_id }: JWTPayload, audience: readonly string[]): boolean =>
  (aud === undefined ? listOf(client_id) : [aud].flat()).some((one) => audience.includes(one));

/** Claims as API Gateway passes them on: every value is a string, lists are in brackets. */
const toClaims = (payload: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );

/**
 * Does what API Gateway's JWT authorizer does in front of the deployed functions: RS256, RS384 or RS512 only, exact
 * issuer, audience, `exp` and `nbf` (a minute of clock skew), and the route's scope in `scope` or `scp`. While the issuer's
 * keys cannot be read, the answer is 503, because the token may be good.
 */
export const createJwtAuthorizer = ({
  issuer,
  audience,
  keysCooldownMs = KEYS_COOLDOWN_MS,
}: {
  issuer: string;
  audience: readonly string[];
  keysCooldownMs?: number;
}) => {
  const discover = once(() => discoverKeys(issuer, keysCooldownMs));

  /** The key that a token names. If the issuer does not have it, the token is wrong; any other failure is the issuer's. */
  const findKey: JWTVerifyGetKey = async (header, token) => {
    try {
      return await (await discover())(header, token);
    } catch (cause) {
      if (TOKENS_FAULT.some((kind) => cause instanceof kind)) throw cause;
      throw new IssuerUnusable("The issuer's keys cannot be had", { cause });
    }
  };

  const verify = async (authorization: string | undefined): Promise<JWTPayload> => {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Refusal(authorization === undefined ? 'no token' : 'not a JWT');
    const { payload } = await jwtVerify(token, findKey, {
      issuer,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['exp'],
    });
    if (!isForUs(payload, audience)) throw new Refusal('the audience is another');
    return payload;
  };

  return async ({
    headers,
    scope,
  }: {
    headers: Readonly<Record<string, string>>;
    scope: Scope;
  }): Promise<Authorization> => {
    try {
      const payload = await verify(headers.authorization);
      const scopes = [...listOf(payload.scope), ...listOf(payload.scp)];
      if (!scopes.includes(scope)) {
        return { refused: 403, challenge: `Bearer scope="${scope}" error="insufficient_scope"` };
      }
      return { jwt: { claims: toClaims(payload) } };
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof errors.JOSEError)) {
        logger.error('the keys of the issuer cannot be read', { event: 'issuer_unusable', error: errorFields(error) });
        return { refused: 503, retryAfterSeconds: RETRY_AFTER_SECONDS };
      }
      const reason = error instanceof Refusal ? error.message : error.code;
      const description =
        headers.authorization === undefined ? '' : ` error="invalid_token" error_description="${reason}"`;
      return { refused: 401, challenge: `Bearer${description}` };
    }
  };
};
