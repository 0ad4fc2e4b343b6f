import nock from 'nock';
import { startAccounts } from './accounts.ts';
import { GRAPH_URL, useNock } from './instagram.ts';

export const FACEBOOK_GRAPH_URL = 'https://graph.facebook.test';
export const META_APP = { id: '1200000000000001', secret: 'sentinel-app-secret' };

/** The Graph API of Facebook Login, to be told what to answer. */
export const facebookGraph = () => nock(`${FACEBOOK_GRAPH_URL}/v25.0`);

/**
 * `startAccounts` with both Graph hosts played by nock: for what the simulator does not tell apart. Nothing else can be
 * reached over HTTP then.
 */
export const startGraphService = (environment: Readonly<Record<string, string>> = {}) => {
  useNock();
  return startAccounts({ INSTAGRAM_GRAPH_URL: GRAPH_URL, FACEBOOK_GRAPH_URL, ...environment });
};
