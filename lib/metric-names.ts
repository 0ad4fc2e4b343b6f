/** CloudWatch namespace; the stage is appended (`InstagramService/prod`). */
export const METRICS_NAMESPACE = 'InstagramService';
/** Value of the `service` dimension, which every metric has. */
export const METRICS_SERVICE = 'instagram-service';

/**
 * Every metric of ours and its unit: what `lib/metrics.ts` may emit, and what dashboard and alarms may look at. States are
 * read from the tables once a minute by the tick; calls and pages are counted as they happen.
 */
export const METRICS = {
  /** Connected accounts whose token Instagram refuses. */
  DeadTokens: 'Count',
  /** Accounts whose token works, and expires within seven days. */
  DyingTokens: 'Count',
  /** Since the request for the oldest sync run that has not ended. */
  OldestUnfinishedSyncSeconds: 'Seconds',
  /** Sync runs that failed within the last 15 minutes. */
  FailedSyncs: 'Count',
  /** Accounts whose last complete run would have marked too many posts gone, and marked none. */
  HeldBackSyncs: 'Count',
  /** Since the last successful run of the account that is furthest behind. */
  SyncLagSeconds: 'Seconds',
  /** What is left of Instagram's limit for the account that has the least left, by its answers of the last hour. */
  RateLimitHeadroomPercent: 'Percent',
  /** Accounts for which Instagram takes no calls for now. */
  ThrottledAccounts: 'Count',
  /** Accounts whose writes Instagram has blocked for a while. */
  BlockedAccounts: 'Count',
  /** Writes to Instagram that have not ended, by `state`. */
  Intents: 'Count',
  /** Since the request for the oldest write whose outcome is not known. */
  OldestUnknownIntentSeconds: 'Seconds',
  /** Writes given up on within the last hour: nobody knows whether they happened. */
  AbandonedIntents: 'Count',
  /** Publications that have not ended, by `state`. */
  Publications: 'Count',
  /** Publications of the last day whose outcome could not be established. */
  UnknownPublications: 'Count',
  /** Pages of media stored. */
  SyncPages: 'Count',
  /** Answers of Instagram, by `kind`: ok, or as `InstagramError` names them. */
  GraphCalls: 'Count',
} as const satisfies Readonly<Record<string, 'Count' | 'Seconds' | 'Percent'>>;
export type MetricName = keyof typeof METRICS;
