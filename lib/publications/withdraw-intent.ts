import type { DatabaseTransactionConnection } from 'slonik';
import { withdraw } from '../intents/index.ts';
import type { PublicationRow } from './schema.ts';

/** Ends the intent of a publication that is cancelled, so that nobody sends it. False: it may be published already. */
export const withdrawIntent = async (
  connection: DatabaseTransactionConnection,
  { account_id, id, intent_id }: Pick<PublicationRow, 'account_id' | 'id' | 'intent_id'>,
): Promise<boolean> => {
  if (intent_id === null) return true;
  const outcome = { status: 202, body: { publication_id: id } };
  return await withdraw(connection, { account_id, id: intent_id }, { outcome, freeKey: false });
};
