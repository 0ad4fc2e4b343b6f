import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import nock from 'nock';
import { createInstagramClient, type InstagramClientOptions } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';

/** A token of no known shape, so that only knowing it can keep it out of a text. */
export const TOKEN = 'sentinel.Credential/4711';
/** Another host in each test file: files share a process, and with it the connections that `fetch` keeps open. */
export const GRAPH_URL = `https://graph-${randomUUID()}.test`;
export const ACCOUNT_ID = '17841400000000001';

nock.restore(); // importing it is enough for it to take hold of Node's sockets

/**
 * Instagram as nock plays it: a call that nobody expected fails, and so does an expected one that never came. At the end
 * nock lets go of Node's sockets, which outlive a test file.
 */
export const useNock = () => {
  beforeAll(() => {
    nock.activate();
    nock.disableNetConnect();
  });
  afterAll(() => nock.restore());
  afterEach(() => {
    const missing = nock.pendingMocks();
    nock.cleanAll();
    expect(missing).toEqual([]);
  });
};

/** The Graph API at `GRAPH_URL`, to be told what to answer. */
export const graph = () => nock(`${GRAPH_URL}/v25.0`);

/** A client that never really waits and draws no lots. */
export const aClient = (options: Partial<InstagramClientOptions> = {}) =>
  createInstagramClient({
    login: 'instagram',
    graphUrl: GRAPH_URL,
    version: 'v25.0',
    token: TOKEN,
    random: () => 0.5,
    sleep: async () => undefined,
    ...options,
  });

/** A media object as Instagram sends it. */
export const aGraphMedia = (fields: Record<string, unknown> = {}) => ({
  id: '17900000000000001',
  media_type: 'IMAGE',
  timestamp: '2026-01-02T03:04:05+0000',
  ...fields,
});

/** An error answer's body. */
export const graphError = (code: unknown, error_subcode?: unknown, more: Record<string, unknown> = {}) => ({
  error: { message: 'Instagram said no', type: 'OAuthException', code, error_subcode, fbtrace_id: 'AbC123', ...more },
});

/** What a call failed with; fails the test when it did not, or with something else. */
export const failureOf = async (call: Promise<unknown>): Promise<InstagramError> => {
  const outcome = await call.then(
    () => 'no failure',
    (error: unknown) => error,
  );
  if (outcome instanceof InstagramError) return outcome;
  throw new Error(`Expected an InstagramError, got ${inspect(outcome)}`);
};

/** Every way in which an error can be put into words. */
export const everyWordOf = (error: unknown): string =>
  [
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON.stringify(error),
    String(error),
    error instanceof Error ? `${error.message} ${error.stack} ${everyWordOf(error.cause)}` : '',
  ].join('\n');
