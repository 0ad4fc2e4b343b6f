import { sql } from 'slonik';
import { z } from 'zod';
import type { Asked } from '../journal.ts';
import type { Check } from './check.ts';

const endSchema = z.strictObject({ caption: z.string().nullable(), status: z.string(), account_id: z.int() });
const createdSchema = z.object({ instagram_id: z.string(), text: z.string() });

/** The comment that an answer says was written. */
const createdOf = ({ kind, answers }: Asked) =>
  kind === 'publication'
    ? []
    : answers.flatMap(({ status, body }) => (status === 201 ? [createdSchema.parse(body).instagram_id] : []));

/** What was answered as done was done, and is nobody else's; what is told as not published was not. */
export const noFalseAnswer: Check = {
  promise: 'The same Idempotency-Key answers the first outcome again',
  moments: ['settled'],
  find: async ({ journal, pool }) => {
    const stood = new Map(journal.effects().map(({ id, text }) => [id, text]));
    const claims = journal.asked().map((asked) => ({ asked, ids: [...new Set(createdOf(asked))] }));
    const owners = new Map<string, Asked>();
    const faults: string[] = [];
    for (const { asked, ids } of claims) {
      const name = `${asked.kind} "${asked.text}" of step ${asked.step}`;
      if (ids.length > 1 && asked.key !== null) faults.push(`${name} was answered with several comments: ${ids}`);
      for (const id of ids) {
        if (stood.get(id) !== asked.text) faults.push(`${name} was answered with ${id}, which never was there`);
        if (owners.has(id)) faults.push(`${name} has the comment of step ${owners.get(id)?.step}`);
        owners.set(id, asked);
      }
    }
    const publications = await pool.any(sql.type(endSchema)`SELECT caption, status, account_id FROM publications`);
    const captions = new Map<string, { published: number; undecided: number; effects: number }>();
    for (const { caption, status, account_id } of publications) {
      const of = `${account_id}/${caption}`;
      const counts = captions.get(of) ?? {
        published: 0,
        undecided: 0,
        effects: journal.effects().filter(({ text, accountId }) => `${accountId}/${text}` === of).length,
      };
      if (status === 'published') counts.published += 1;
      else if (status !== 'failed' && status !== 'cancelled') counts.undecided += 1;
      captions.set(of, counts);
    }
    for (const [caption, { published, undecided, effects }] of captions) {
      if (effects < published) faults.push(`${published} publications of "${caption}" are told, ${effects} were made`);
      if (effects > published + undecided) {
        faults.push(`${effects} publications of "${caption}" were made, and ${published} are told`);
      }
    }
    return faults;
  },
};
