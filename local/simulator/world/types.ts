export type Login = 'instagram' | 'facebook';

/** Seconds since 1970, UTC: Instagram's timestamps have no finer part. */
export type Seconds = number;

/** A professional account, and the Page and person behind it on Facebook. */
export interface Account {
  /** What edges are addressed by; `user_id` for tokens of Instagram Login. */
  readonly id: string;
  /** The other id of Instagram Login's `/me`; names no edge. */
  readonly appScopedId: string;
  readonly username: string;
  readonly name: string | null;
  readonly account_type: string;
  readonly biography: string | null;
  readonly website: string | null;
  readonly followers_count: number;
  readonly follows_count: number;
  readonly facebookUser: { readonly id: string; readonly name: string };
  readonly page: { readonly id: string; readonly name: string };
}

/** One picture or video of a carousel. It has no caption, counts or permalink of its own. */
export interface MediaPart {
  readonly id: string;
  readonly media_type: string;
  readonly alt_text: string | null;
  /** Name of the file behind `media_url`; null: Instagram leaves the key out. */
  readonly file: string | null;
  /** Name of the file behind `thumbnail_url` (videos). */
  readonly thumbnail: string | null;
}

/**
 * A media as the simulated Instagram keeps it: Graph's spelling where Graph has the field, ours where it has none.
 * Never changed in place: an edit puts a new object in its stead, which is what lets rows be cached by identity.
 */
export interface Media extends MediaPart {
  readonly caption: string | null;
  /** null: the key is left out, as the field is optional on Instagram Login. */
  readonly media_product_type: string | null;
  readonly timestamp: Seconds;
  readonly shortcode: string;
  readonly like_count: number;
  /** Replies included. */
  readonly comments_count: number;
  readonly is_comment_enabled: boolean;
  readonly children: readonly MediaPart[];
  /** The owner hides likes: the key is absent. */
  readonly likesHidden: boolean;
  /** How many of `comments_count` are never listed (restricted or deactivated authors). */
  readonly commentsWithheld: number;
  /** Selected for a page, then filtered out of it: what makes pages short. Not part of `media_count`. */
  readonly withheld: boolean;
  /** Values answered instead of the real ones, whatever they are: for rows that are wrong on purpose. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** What a caller may say of a media; everything else is made up. `timestamp` as ISO text or in seconds. */
export type NewMedia = Partial<Omit<Media, 'timestamp' | 'children'>> & {
  readonly timestamp?: string | Seconds;
  readonly children?: readonly Partial<MediaPart>[];
};

/** A comment, or a reply when `parent_id` is set (always a top-level comment). */
export interface Comment {
  readonly id: string;
  readonly media_id: string;
  readonly parent_id: string | null;
  readonly text: string;
  readonly timestamp: Seconds;
  readonly username: string;
  /** The author's Instagram-scoped id, or the account's own id. */
  readonly authorId: string;
  readonly like_count: number;
  readonly hidden: boolean;
}

export interface Token {
  readonly value: string;
  readonly login: Login;
  readonly accountId: string;
  readonly scopes: readonly string[];
  readonly issued_at: Seconds;
  /** null: never. */
  readonly expires_at: Seconds | null;
  /** One of an hour or so, which its app can exchange. */
  readonly isShort: boolean;
  /** Of another Meta app than the simulator's. */
  readonly isForeign: boolean;
}
