import type { AskInstagram } from '../accounts/ask-instagram.ts';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import { type ControlPost, mediaGone, reasonOf } from '../posts/index.ts';
import type { Post } from '../posts/schema.ts';
import { isGiven, isRefusedAlone } from './blame.ts';
import { surfaceOf } from './catalogue.ts';
import { askMedia, type Measure } from './measure.ts';
import type { InsightsRepository } from './repository.ts';
import type { MediaInsights } from './schema.ts';

/** Which figures a caller wants. */
export interface InsightsQuery {
  metric?: readonly string[] | undefined;
  history: boolean;
}
type Options = { deadline: number };

/** A media whose figures are asked for; `post`: the post that mirrors it. */
interface Measured {
  post: Post | null;
  instagram_id: string;
  media_type: string;
  media_product_type: string | null;
}

const measuredOf = (post: Post): Measured => ({
  post,
  instagram_id: post.instagram_id,
  media_type: post.media_type,
  media_product_type: post.media_product_type,
});

/** Fetches, stores and gives the figures of media. */
export const createMediaInsights = ({
  ask,
  measure,
  insights,
  findPost,
  isGone,
  noteGiven,
  noteRefused,
  findControls,
  now,
  graphVersion,
}: {
  ask: AskInstagram;
  measure: Measure;
  insights: Pick<InsightsRepository, 'add' | 'listHistory'>;
  /** The post that mirrors a media of the account, or null. */
  findPost: (accountId: number, instagramId: string) => Promise<Post | null>;
  /** Whether a triage finds a post gone that Instagram denies; marks it then. */
  isGone: (connected: ConnectedAccount, post: Post, options: Options) => Promise<boolean>;
  /** Called when Instagram gives figures of a post that it withheld before. */
  noteGiven: (post: Post) => Promise<void>;
  /** Figures of a post are withheld, while those of others are given. */
  noteRefused: (post: Post, error: InstagramError) => Promise<void>;
  /** Other posts, of which figures are expected to be given. */
  findControls: (accountId: number, post: Post | null) => Promise<readonly ControlPost[]>;
  /** Milliseconds since 1970. */
  now: () => number;
  graphVersion: string;
}) => {
  const isWithheld = (post: Post): boolean => post.withheld.some(({ what }) => what === 'insights');

  /** What a failure means: that of one media is not the account's. */
  const explain = async (connected: ConnectedAccount, post: Post | null, error: unknown, options: Options) => {
    if (!(error instanceof InstagramError)) return error;
    if (error.kind === 'missing' && post !== null && (await isGone(connected, post, options))) return mediaGone();
    const controls = () => findControls(connected.account.id, post);
    if (!(await isRefusedAlone(connected, error, controls, { now, options }))) return error;
    // A person who asks again and again must not put off when a sync asks again.
    if (post !== null && !isWithheld(post)) await noteRefused(post, error);
    const { code, detail } = reasonOf(error);
    return new ServiceError(code, detail, { cause: error, instagram: error.details });
  };

  const take = async (
    connected: ConnectedAccount,
    { post, instagram_id, ...kind }: Measured,
    { metric, history }: InsightsQuery,
    options: Options,
  ): Promise<MediaInsights> => {
    const { account, client } = connected;
    const { metrics, unavailable, replaced } = await measure({
      account_id: account.id,
      login: account.login,
      surface: surfaceOf(kind),
      media_type: kind.media_type,
      graph_version: graphVersion,
      instagram_id,
      named: metric,
      asksOf: (instagramId) => askMedia(client, instagramId, options),
    }).catch(async (error: unknown) => {
      throw await explain(connected, post, error, options);
    });
    const whole = metric === undefined;
    const captured_at = await insights.add(account.id, { instagram_id, whole, metrics, unavailable, period: null });
    if (whole && post !== null && isWithheld(post)) await noteGiven(post);
    return {
      post_id: post?.id ?? null,
      instagram_id,
      captured_at,
      metrics,
      unavailable,
      ...(Object.keys(replaced).length > 0 && { replaced }),
      ...(history && { history: await insights.listHistory(account.id, instagram_id) }),
    };
  };

  const ofPost = (post: Post, query: InsightsQuery, options: Options): Promise<MediaInsights> => {
    if (post.gone_at !== null) throw mediaGone();
    return ask(post.account_id, (connected) => take(connected, measuredOf(post), query, options));
  };

  /** A media that is not mirrored: Instagram is asked first what kind it is. */
  const ofUnknown = (accountId: number, instagram_id: string, query: InsightsQuery, options: Options) =>
    ask(accountId, async (connected) => {
      const { media_type, media_product_type } = await connected.client.media
        .get(instagram_id, options)
        .catch(async (error: unknown) => {
          throw error instanceof InstagramError && (await isUnshown(connected, error, options))
            ? unknownMedia(error)
            : error;
        });
      return await take(connected, { post: null, instagram_id, media_type, media_product_type }, query, options);
    });

  return {
    /** The figures of a post. @throws {ServiceError} `media_gone`, and when Instagram refuses. */
    ofPost: async (post: Post, query: InsightsQuery, options: Options): Promise<MediaInsights> =>
      await ofPost(post, query, options),

    /** The figures of a media by Instagram's id, mirrored or not. @throws {ServiceError} `post_not_found` too. */
    ofMedia: async (accountId: number, instagramId: string, query: InsightsQuery, options: Options) => {
      const post = await findPost(accountId, instagramId);
      return post === null
        ? await ofUnknown(accountId, instagramId, query, options)
        : await ofPost(post, query, options);
    },
  };
};

/** Instagram calls somebody else's media missing, or says that a permission is; then the permission is missing for it alone. */
const isUnshown = async (
  { account, client }: ConnectedAccount,
  error: InstagramError,
  options: Options,
): Promise<boolean> => {
  if (error.kind !== 'permission') return error.kind === 'missing';
  return await isGiven(() => client.account.get(account.instagram_id, options));
};

const unknownMedia = (cause: InstagramError) =>
  new ServiceError(
    'post_not_found',
    'This media is not mirrored here, and Instagram does not show it to this account',
    {
      cause,
      instagram: cause.details,
    },
  );
