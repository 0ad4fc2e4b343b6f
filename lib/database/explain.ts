/**
 * What is wrong with a database, in one line for the person who set its URL. `message` names the variable and says what
 * to do.
 */
export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem';
  /** SQLSTATE, or the code of the system's or of TLS's error. */
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLSTATE of a full disk. */
export const DISK_FULL = '53100';

/** How deep the error that says what happened may be wrapped. */
const MAX_CAUSES = 5;

const RULES: readonly [codes: RegExp, what: string][] = [
  [/^28/, 'does not accept this user and password'],
  [/^3D000$/, 'does not exist'],
  [/^53100$/, 'is on a disk that is full: free some space, then start again'],
  [/^42501$/, 'lets this user make no tables: name the owner of the database'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'cannot be reached: there is no such host'],
  [/^ECONNRESET$/, 'does not answer as PostgreSQL does: is that its port?'],
  [/^(ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P03|53300)/, 'cannot be reached'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/,
    'has a TLS certificate that is not trusted here: name its authority by sslrootcert=<file>',
  ],
];

/** Errors of `pg` that have no code. */
const WORDS: readonly [words: RegExp, what: string][] = [
  [/does not support SSL/i, 'offers no TLS, which sslmode asks for: take sslmode out of the URL, or turn TLS on there'],
  [/password must be/i, 'wants a password, and the URL has none'],
  [
    /connection terminated|timeout|invalid response|ended the connection|error response/i,
    'does not answer as PostgreSQL does: is that its port, and is it running?',
  ],
];

/** Where a URL leads, without its user and password. */
export const placeOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `${host || 'localhost'}${pathname}`;
};

/** The fields of any thrown value: in jest, errors of the system have another class `Error` than ours. */
const fieldsOf = (error: unknown): { code?: unknown; cause?: unknown; message?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

const codeOf = (error: unknown): string => {
  let found = fieldsOf(error);
  for (let depth = 0; depth < MAX_CAUSES; depth += 1) {
    const { code, cause } = found;
    // A code of our own, in lower case, names what clients are told, not what happened.
    if (typeof code === 'string' && /^[0-9A-Z_]+$/.test(code)) return code;
    found = fieldsOf(cause);
  }
  return '';
};

/**
 * Says what a failure of a database means, for the person who set `variable` to `url`; gives every other error back
 * unchanged. Never repeats user, password or SQL.
 */
export const explainDatabaseError = (error: unknown, url: string, variable = 'DATABASE_URL'): unknown => {
  const { message } = fieldsOf(error);
  if (typeof message !== 'string' || error instanceof DatabaseProblem) return error;
  const code = codeOf(error);
  const say = (what: string) =>
    new DatabaseProblem(`${variable}: ${placeOf(url)} ${what}${code === '' ? '' : ` (${code})`}`, code, {
      cause: error,
    });
  const known = RULES.find(([codes]) => codes.test(code)) ?? WORDS.find(([words]) => words.test(message));
  if (known !== undefined) return say(known[1]);
  return code === '' ? error : say(`refuses: ${message.split('\n', 1)[0]}`);
};
