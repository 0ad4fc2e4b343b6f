import type { Check } from './check.ts';

/** No more ever stood on Instagram than was asked for: by text, as several requests may want the same. */
export const oneEffect: Check = {
  promise: 'A comment, a reply or a publication happens once',
  moments: ['settled'],
  find: async ({ journal }) => {
    const texts = [...new Set(journal.asked().map(({ accountId, text }) => `${accountId}/${text}`))];
    return texts.flatMap((both) => {
      const isAlike = ({ accountId, text }: { accountId: number; text: string }) => `${accountId}/${text}` === both;
      const requests = journal.asked().filter(isAlike).length;
      const effects = journal.effects().filter(isAlike);
      if (effects.length <= requests) return [];
      return [`${requests} requests for "${both}" had ${effects.length} effects: ${effects.map(({ id }) => id)}`];
    });
  },
};
