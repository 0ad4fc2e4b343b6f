import type { Login, Seconds, Token } from './types.ts';

/** What a person can grant, all of it; a token made without `scopes` has them. */
const ALL_SCOPES: Record<Login, readonly string[]> = {
  instagram: [
    'instagram_business_basic',
    'instagram_business_manage_comments',
    'instagram_business_content_publish',
    'instagram_business_manage_insights',
    'instagram_business_manage_messages',
  ],
  facebook: [
    'instagram_basic',
    'instagram_manage_comments',
    'instagram_content_publish',
    'instagram_manage_insights',
    'instagram_manage_contents',
    'instagram_manage_messages',
    'pages_show_list',
    'pages_read_engagement',
    'pages_manage_metadata',
    'business_management',
  ],
};

/** How a token of each login begins; the other host cannot parse it. */
const TOKEN_PREFIX: Record<Login, string> = { instagram: 'IGAA', facebook: 'EAA' };

/** Which login a token is for by the look of it. */
export const loginOf = (token: string): Login | null => {
  if (token.startsWith(TOKEN_PREFIX.instagram)) return 'instagram';
  return token.startsWith(TOKEN_PREFIX.facebook) ? 'facebook' : null;
};

/** The tokens of the demo account. Not secrets: they open nothing but a simulator. */
export const DEMO_TOKENS: Record<Login, string> = {
  instagram: 'IGAASimulatorDemoTokenOfInstagramLogin',
  facebook: 'EAASimulatorDemoTokenOfFacebookLogin',
};

export interface NewToken {
  readonly login: Login;
  readonly accountId: string;
  readonly value?: string;
  readonly scopes?: readonly string[];
  /** Absent: long ago. */
  readonly issued_at?: Seconds;
  readonly expires_at?: Seconds | null;
  readonly isShort?: boolean;
  readonly isForeign?: boolean;
}

/** How long Meta's long-lived tokens work, as it says in seconds: a little less than 60 days. */
export const LONG_LIFE: Seconds = 5_183_944;

/** The tokens this Instagram has given out. */
export const createTokens = () => {
  const tokens = new Map<string, Token>();
  let made = 0;
  return {
    find: (value: string): Token | undefined => tokens.get(value),
    list: (): readonly Token[] => [...tokens.values()],
    /** Gives out a token, or changes the one that has this `value` already. */
    grant: ({
      login,
      accountId,
      value,
      scopes = ALL_SCOPES[login],
      issued_at = 0,
      expires_at = null,
      isShort = false,
      isForeign = false,
    }: NewToken): Token => {
      made += 1;
      const token = {
        value: value ?? `${TOKEN_PREFIX[login]}Simulator${accountId}N${made}`,
        login,
        accountId,
        scopes,
        issued_at,
        expires_at,
        isShort,
        isForeign,
      };
      if (loginOf(token.value) !== login)
        throw new TypeError(`A token of ${login} login begins with ${TOKEN_PREFIX[login]}`);
      tokens.set(token.value, token);
      return token;
    },
    clear: (): void => tokens.clear(),
  };
};
