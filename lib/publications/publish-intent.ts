import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import {
  type Effect,
  type FindRivals,
  type IntentKind,
  type IntentRow,
  isLastToIdentify,
  NEVER_KNOWN,
  type ReadBack,
} from '../intents/index.ts';
import { storePage } from '../posts/index.ts';
import { createContainerRepository } from './containers-repository.ts';
import { notPublished } from './failures.ts';
import { findPublished } from './find-published.ts';
import { mediaTypesOf } from './likeness.ts';
import { createPublicationRepository } from './repository.ts';
import { mainContainerOf } from './represent.ts';
import type { Container, PublicationRow } from './schema.ts';

/** A container says nothing about what became of it when it is older. */
const CONTAINER_LIFE_MS = 24 * 3_600_000;

const ABSENT: ReadBack = { effects: [], conclusive: true };
const BLIND: ReadBack = { effects: [], conclusive: false };

/** What `confirm` is told of a publication that was found, and when it was read. */
type Found = { media: MediaInput; read_at: string } | null;

const publishedAs = (found: Found): ReadBack => ({
  effects: [{ external_id: found?.media.instagram_id ?? null, at: null, known_at: null, detail: found }],
  conclusive: true,
});

/**
 * `publish` for the intents. Its target is a container, which Instagram publishes once: what the container says of itself
 * is the best evidence there is, and the only one that permits another send.
 */
export const createPublishIntent = ({ database }: { database: DatabasePool }): IntentKind => {
  const getPublication = async (connection: CommonQueryMethods, intent: IntentRow) => {
    const found = await createPublicationRepository(connection).findByIntent(intent);
    if (found === null) throw new Error('An intent to publish belongs to a publication');
    return found;
  };

  /** What the container says now; null where Instagram does not show it. Remembered for whoever decides what follows. */
  const readStatus = async (
    { account, client }: ConnectedAccount,
    { target_id }: IntentRow,
    container: Container | null,
    options: { deadline: number },
  ): Promise<Container['status_code']> => {
    const status_code = await client.containers.get(target_id, options).then(
      (state) => state.status_code ?? ('UNKNOWN' as const),
      (error: unknown) => {
        if (!(error instanceof InstagramError) || !isUnreadable(error)) throw error;
        return 'UNREADABLE' as const;
      },
    );
    if (container !== null) {
      const key = { account_id: account.id, id: container.id };
      await createContainerRepository(database).recordLook(key, { status_code, error: container.error });
    }
    return status_code;
  };

  /** Media that may be what was published, and are not another's; null: they could not be listed. */
  const findCandidates = async (
    connected: ConnectedAccount,
    intent: IntentRow,
    publication: PublicationRow,
    { deadline, findRivals }: { deadline: number; findRivals: FindRivals },
  ): Promise<{ candidates: MediaInput[]; unclear: boolean } | null> => {
    const since = intent.first_attempt_at;
    const found = await findPublished(connected, publication, { since, deadline }).catch((error: unknown) => {
      if (error instanceof InstagramError) return null;
      throw error;
    });
    if (found === null) return null;
    // After listing: whatever is listed was sent by an intent that says so by now.
    const ids = found.map(({ instagram_id }) => instagram_id);
    const { taken, unclear } = await findRivals(ids);
    return { candidates: found.filter(({ instagram_id }) => !taken.includes(instagram_id)), unclear };
  };

  return {
    send: ({ account, client }, { target_id }, options) =>
      client.publishing.publish(account.instagram_id, target_id, options),

    readBack: async (connected, intent, { now, deadline, findRivals }) => {
      const publication = await getPublication(database, intent);
      const own = mainContainerOf(publication);
      const container = own?.instagram_id === intent.target_id ? own : null;
      const status = await readStatus(connected, intent, container, { deadline });
      if (status === 'IN_PROGRESS') return BLIND; // of what, it does not say
      const isYoung = container !== null && container.age_ms < CONTAINER_LIFE_MS;
      if (isYoung && (status === 'FINISHED' || status === 'ERROR')) return ABSENT;

      const listed = await findCandidates(connected, intent, publication, { deadline, findRivals });
      const [only, another] = listed?.candidates ?? [];
      const isClear = listed !== null && !listed.unclear;
      if (isClear && only !== undefined && another === undefined) return publishedAs({ media: only, read_at: now });
      if (status !== 'PUBLISHED') return isClear && only !== undefined ? publishedAs(null) : BLIND;
      // Published for certain, but which media it is may still show: when it is listed, when others like it are settled.
      const isKnown = container?.status_code === 'PUBLISHED'; // since an earlier read-back
      return isKnown && isLastToIdentify(intent) ? publishedAs(null) : BLIND;
    },

    lock: (connection, intent) => createPublicationRepository(connection).lockByIntent(intent),

    confirm: async (connection, account, intent, { external_id, detail }) => {
      const publication = await getPublication(connection, intent);
      const seen = detail as Found; // its own, from `readBack`; null where Instagram answered with the id
      if (external_id !== null) await storePublished(connection, account, publication, { external_id, seen });
      await createPublicationRepository(connection).markPublished(publication, {
        media_id: external_id,
        permalink: seen?.media.permalink ?? null,
        published_at: seen?.media.timestamp ?? null,
      });
      return { status: 201, body: { publication_id: publication.id } };
    },

    /** A refusal of the container proves nothing about what became of it. */
    explain: async () => null,

    givenUp: (last, certain) => (certain ? notPublished(last) : NEVER_KNOWN),

    undo: () => Promise.reject(new Error('What was published is not taken back by us')),
  };
};

/** Single objects that Instagram does not show, as in an outage, or because they are gone; or shows nothing of. */
export const isUnreadable = ({ kind }: InstagramError): boolean =>
  kind === 'missing' || kind === 'permission' || kind === 'malformed';

/** The post of what was published: as it was listed, or as far as we know it, until it is read from Instagram. */
const storePublished = async (
  connection: CommonQueryMethods,
  account: ConnectedAccount['account'],
  publication: PublicationRow & { now: string },
  { external_id, seen }: { external_id: NonNullable<Effect['external_id']>; seen: Found },
): Promise<void> => {
  if (seen !== null) {
    await storePage(connection, { account_id: account.id, run_id: null, read_at: seen.read_at, media: [seen.media] });
    return;
  }
  const known: MediaInput = {
    instagram_id: external_id,
    username: account.username,
    caption: publication.caption,
    ...mediaTypesOf(publication),
    media_url: null,
    thumbnail_url: null,
    permalink: null,
    shortcode: null,
    alt_text: publication.kind === 'image' ? (publication.request.files[0]?.alt_text ?? null) : null,
    timestamp: publication.now,
    like_count: null,
    comments_count: null,
    comments_enabled: null,
    children: [],
  };
  // Where a sync was faster, what it stored stays.
  await storePage(connection, {
    account_id: account.id,
    run_id: null,
    read_at: null,
    media: [known],
    fields: ['media_type'],
  });
};
