import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
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

/** The status of a container that is older proves nothing. */
const MAX_PROOF_AGE_MS = 24 * 3_600_000;

const ABSENT: ReadBack = { effects: [], conclusive: true };
const BLIND: ReadBack = { effects: [], conclusive: false };

/** The media that a read-back found, and when it was read; null: it is not known which media it is. */
type Found = { media: MediaInput; read_at: string } | null;

const publishedAs = (found: Found): ReadBack => ({
  effects: [{ external_id: found?.media.instagram_id ?? null, at: null, known_at: null, detail: found }],
  conclusive: true,
});

/**
 * Publishing, as a kind of intent. Its target is a container, which Instagram publishes once. The container's status is
 * the best evidence, and the only one that permits another send.
 */
export const createPublishIntent = ({ database }: { database: DatabasePool }): IntentKind => {
  const getPublication = async (connection: CommonQueryMethods, intent: IntentRow) => {
    const found = await createPublicationRepository(connection).findByIntent(intent);
    if (found === null) throw new Error('An intent to publish belongs to a publication');
    return found;
  };

  /** Reads the status of the container, and stores it for whoever decides about the next step. */
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
      await createContainerRepository(database).recordStatus(key, { status_code, error: container.error });
    }
    return status_code;
  };

  /** Media that look like the publication and belong to no other; null: they could not be listed. */
  const findCandidates = async (
    connected: ConnectedAccount,
    intent: IntentRow,
    publication: PublicationRow,
    { deadline, findRivals }: { deadline: number; findRivals: FindRivals },
  ): Promise<{ candidates: MediaInput[]; unclear: boolean } | null> => {
    const since = intent.first_attempt_at;
    const found = await findPublished(connected, publication, { since, deadline }).catch(async (error: unknown) => {
      if (!(error instanceof InstagramError)) throw error;
      await recordStanding(database, connected.account, error);
      return null;
    });
    if (found === null) return null;
    // Only after listing: every intent that has published a listed media is stored by now.
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
      if (status === 'IN_PROGRESS') return BLIND; // of preparing or of publishing: it does not say
      const isYoung = container !== null && container.age_ms < MAX_PROOF_AGE_MS;
      if (isYoung && (status === 'FINISHED' || status === 'ERROR')) return ABSENT;

      const listed = await findCandidates(connected, intent, publication, { deadline, findRivals });
      const [only, another] = listed?.candidates ?? [];
      const isClear = listed !== null && !listed.unclear;
      if (isClear && only !== undefined && another === undefined) return publishedAs({ media: only, read_at: now });
      if (status !== 'PUBLISHED') return isClear && only !== undefined ? publishedAs(null) : BLIND;
      // It is published, but not known as which media: later read-backs may tell, when it is listed and siblings are settled.
      const isKnown = container?.status_code === 'PUBLISHED'; // since an earlier read-back
      return isKnown && isLastToIdentify(intent) ? publishedAs(null) : BLIND;
    },

    lock: (connection, intent) => createPublicationRepository(connection).lockByIntent(intent),

    confirm: async (connection, account, intent, { external_id, detail }) => {
      const publication = await getPublication(connection, intent);
      const seen = detail as Found; // from `readBack` above; null: Instagram answered with the id
      if (external_id !== null) await storePublished(connection, account, publication, { external_id, seen });
      await createPublicationRepository(connection).markPublished(publication, {
        media_id: external_id,
        permalink: seen?.media.permalink ?? null,
        published_at: seen?.media.timestamp ?? null,
      });
      return { status: 201, body: { publication_id: publication.id } };
    },

    /** A refusal of the container proves nothing about whether it was published. */
    explain: async () => null,

    givenUp: (last, certain) => (certain ? notPublished(last) : NEVER_KNOWN),
  };
};

/** Whether a read of one object shows nothing: it is gone, or single objects cannot be read in an outage. */
export const isUnreadable = ({ kind }: InstagramError): boolean =>
  kind === 'missing' || kind === 'permission' || kind === 'malformed';

/** Stores the post: as it was listed or, until it is read from Instagram, as far as we know it. */
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
  // Where a sync was faster, its post stays as it is.
  await storePage(connection, {
    account_id: account.id,
    run_id: null,
    read_at: null,
    media: [known],
    fields: ['media_type'],
  });
};
