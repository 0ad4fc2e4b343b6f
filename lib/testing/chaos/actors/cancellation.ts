import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';

/** Takes a publication back that has not begun, or tries to. */
export const cancellation = defineActor({
  name: 'cancellation',
  weight: 1,
  act: async ({ stage, account, random }) => {
    const publication = pickAny(random, await stage.openPublications(account));
    if (publication === null) return;
    await stage.ask('cancelPublication', `/publications/${publication.id}`, { method: 'DELETE' });
  },
});
