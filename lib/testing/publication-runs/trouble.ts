import type { ConnectedAccount } from '../../accounts/connect-instagram.ts';
import { InstagramError } from '../../instagram/errors.ts';
import type { ContainerSpec } from '../../instagram/resources/containers.ts';
import { createFaultGate } from '../fault-gate.ts';
import { LATEST_EFFECT_MS } from '../send-times.ts';
import type { TestService } from '../service.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { LISTINGS, LOOKS, MAKINGS, type Mistakes, type Run, SENDS } from './run.ts';

/** The next of a run's faults; when they are used up, nothing happens any more. */
const inOrder = <Name>(names: readonly Name[], usual: Name) => {
  let next = 0;
  return (): Name => {
    next += 1;
    return names[next - 1] ?? usual;
  };
};

/**
 * Instagram as one run meets it: each call gets the trouble that is its turn. `late` are effects that are still to come.
 */
export const createTrouble = (
  { simulator, time }: Pick<TestService, 'simulator'> & { time: VirtualTime },
  run: Pick<Run, 'sends' | 'looks' | 'listings' | 'makings'>,
  { blindRetry = false, trustedOutage = false }: Mistakes,
  instagramAccount: string,
) => {
  const late: Promise<unknown>[] = [];
  const specs = new Map<string, ContainerSpec>();
  const inTurn = createFaultGate({ simulator }, time, instagramAccount);
  const send = inOrder(run.sends, 'done');
  const look = inOrder(run.looks, 'shown');
  const listing = inOrder(run.listings, 'shown');
  const making = inOrder(run.makings, 'done');

  /** What media_publish does, when nobody listens any more. */
  const publishUnheard = (containerId: string): void => {
    const { containers } = simulator.world;
    const container = containers.find(containerId);
    if (container === undefined || containers.statusOf(container).status_code !== 'FINISHED') return;
    const [medium] = simulator.world.addMedia([container.media], instagramAccount);
    if (medium === undefined) return;
    containers.edit(containerId, { published: { mediaId: medium.id, at: simulator.world.now() } });
  };
  const comeLate = (containerId: string, ms: number) => {
    late.push(time.later(ms, () => publishUnheard(containerId)));
  };

  const trouble = (connected: ConnectedAccount): ConnectedAccount => {
    const { client } = connected;
    const { publishing, containers, media } = client;

    const publishOnce: typeof publishing.publish = async (igUserId, containerId, options) => {
      const what = send();
      const call = { edge: 'user.media_publish', path: `/${instagramAccount}/media_publish` };
      const act = () => publishing.publish(igUserId, containerId, options);
      if (typeof what === 'string') return await inTurn(SENDS[what], call, act);
      const latest = (options?.deadline ?? Number.POSITIVE_INFINITY) - time.now() + LATEST_EFFECT_MS;
      return await inTurn({ kind: 'hang' }, call, act, () => comeLate(containerId, Math.min(what.late, latest)));
    };
    /** What nobody must write. */
    const publishBlindly: typeof publishing.publish = (igUserId, containerId) =>
      publishOnce(igUserId, containerId).catch(async () => {
        const another = await containers.create(igUserId, specs.get(containerId) ?? {});
        return await publishing.publish(igUserId, another);
      });
    const create: typeof containers.create = async (igUserId, spec, options) => {
      const call = { edge: 'user.media.create', path: `/${instagramAccount}/media` };
      const id = await inTurn(MAKINGS[making()], call, () => containers.create(igUserId, spec, options));
      specs.set(id, spec);
      return id;
    };
    const get: typeof containers.get = async (containerId, options) => {
      const act = () => containers.get(containerId, options);
      const shown = inTurn(LOOKS[look()], { edge: 'container', path: `/${containerId}` }, act);
      if (!trustedOutage) return await shown;
      return await shown.catch((error: unknown) => {
        if (!(error instanceof InstagramError) || error.kind !== 'missing') throw error;
        return { status_code: 'ERROR' as const, status: null };
      });
    };
    const readPage: typeof media.readPage = (...args) =>
      inTurn(LISTINGS[listing()], { edge: 'user.media', path: `/${instagramAccount}/media` }, () =>
        media.readPage(...args),
      );
    return {
      ...connected,
      client: {
        ...client,
        publishing: { ...publishing, publish: blindRetry ? publishBlindly : publishOnce },
        containers: { ...containers, create, get },
        media: { ...media, readPage },
      },
    };
  };
  return { trouble, late };
};
