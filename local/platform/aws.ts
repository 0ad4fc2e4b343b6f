import { buildApp } from 'fauxqs';

/** SQS and S3 over their real protocols, in memory, on a loopback port that the system chooses. */
export interface LocalAws {
  /** `AWS_ENDPOINT_URL_SQS` and `AWS_ENDPOINT_URL_S3`. */
  endpoint: string;
  stop: () => Promise<void>;
}

/**
 * Starts fauxqs. Not by its own `startFauxqs`, which listens on every address of the machine.
 * Nothing is kept: a queue message is only a wake-up, and a lost one changes nothing.
 */
export const startAws = async (region: string, port = 0): Promise<LocalAws> => {
  const app = buildApp({ logger: false, defaultRegion: region });
  const endpoint = await app.listen({ host: '127.0.0.1', port });
  return { endpoint, stop: () => app.close() };
};
