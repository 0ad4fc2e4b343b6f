import { httpEnv, parseEnv } from '../config.ts';

/** What the environment says about how the API is reached. */
export interface HttpSettings {
  /** What links begin with, without a slash at the end; undefined: the host that the client used. */
  publicBaseUrl?: string | undefined;
  /** Origins whose pages may call the API from a browser. */
  apiOrigins: readonly string[];
}

/** @throws {Error} one line that names the variable. */
export const httpSettings = (): HttpSettings => {
  const { PUBLIC_BASE_URL, API_ORIGINS } = parseEnv(httpEnv);
  return { publicBaseUrl: PUBLIC_BASE_URL, apiOrigins: API_ORIGINS };
};
