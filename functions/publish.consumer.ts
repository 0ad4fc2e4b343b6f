/** Wake-ups for publications: takes the named one as far as Instagram lets it now. */
import { parseEnv } from '../lib/config.ts';
import { createPublicationEngine, publicationEnv } from '../lib/publications/engine.ts';
import { publicationMessageSchema } from '../lib/publications/message.ts';
import { queueHandler } from '../lib/queue/queue-handler.ts';

const env = parseEnv(publicationEnv);
const compose = () => createPublicationEngine(env);

export const handler = queueHandler(
  publicationMessageSchema,
  compose,
  async ({ account_id, publication_id }, { advance }, { deadline }) => {
    await advance({ account_id, id: publication_id }, deadline);
  },
);
