import type { ConnectedAccount } from '../../accounts/connect-instagram.ts';
import { createFaultGate } from '../fault-gate.ts';
import { LATEST_EFFECT_MS } from '../send-times.ts';
import type { TestService } from '../service.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type Mistakes, READS, type Run, SENDS } from './run.ts';

/**
 * Instagram as one run meets it: each send and look under the medium gets the trouble that is its turn. `late` are effects
 * that are still to come, `answered` the ids that sends of a text were answered with.
 */
export const createTrouble = (
  { simulator, time }: Pick<TestService, 'simulator'> & { time: VirtualTime },
  { sends, reads }: Pick<Run, 'sends' | 'reads'>,
  { blindRetry = false }: Pick<Mistakes, 'blindRetry'>,
  { instagramAccount, mediaId }: { instagramAccount: string; mediaId: string },
) => {
  const late: Promise<unknown>[] = [];
  const answered = new Map<string, Set<string>>();
  let sent = 0;
  let read = 0;
  const inTurn = createFaultGate({ simulator }, time, instagramAccount);
  const path = `/${mediaId}/comments`;

  const comeLate = (text: string, ms: number) => {
    const { username, id } =
      simulator.world.accounts().find((one) => one.id === instagramAccount) ?? simulator.world.account();
    late.push(time.later(ms, () => void simulator.world.addComment(mediaId, { text, username, authorId: id })));
  };

  const trouble = (connected: ConnectedAccount, onSend: () => void): ConnectedAccount => {
    const { comments } = connected.client;
    const create: typeof comments.create = async (target, message, options) => {
      onSend();
      const what = sends[sent] ?? 'done';
      sent += 1;
      const once = async () => {
        if (typeof what === 'string') {
          return await inTurn(SENDS[what], { edge: 'media.comment', path }, () =>
            comments.create(target, message, options),
          );
        }
        const latest = (options?.deadline ?? Number.POSITIVE_INFINITY) - time.now() + LATEST_EFFECT_MS;
        return await inTurn(
          { kind: 'hang' },
          { edge: 'media.comment', path },
          () => comments.create(target, message, options),
          () => comeLate(message, Math.min(what.late, latest)),
        );
      };
      const externalId = await (blindRetry ? once().catch(() => comments.create(target, message, options)) : once());
      answered.set(message, (answered.get(message) ?? new Set()).add(externalId));
      return externalId;
    };
    const readPage: typeof comments.readPage = async (...args) => {
      const what = reads[read] ?? 'shown';
      read += 1;
      return await inTurn(READS[what], { edge: 'media.comments', path }, () => comments.readPage(...args));
    };
    return { ...connected, client: { ...connected.client, comments: { ...comments, create, readPage } } };
  };
  return { trouble, late, answered };
};
