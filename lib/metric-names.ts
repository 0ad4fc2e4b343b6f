/** CloudWatch namespace; the stage is appended (`InstagramService/prod`). */
export const METRICS_NAMESPACE = 'InstagramService';
/** Value of the `service` dimension, which every metric has. */
export const METRICS_SERVICE = 'instagram-service';

/**
 * All our metrics and their units: what may be written, and what dashboard and alarms may read. Those of the first
 * group are read from the tables once a minute, by the tick; the others are counted as their events happen.
 */
export const METRICS = {
  /** Connected accounts whose token Instagram refuses. */
  DeadTokens: 'Count',
  /** Accounts whose token works, and for which a person is needed within 14, 7 and 3 days. */
  FadingTokens: 'Count',
  DyingTokens: 'Count',
  EndingTokens: 'Count',
  /** Accounts for which Instagram takes no calls for now. */
  ThrottledAccounts: 'Count',
  /** Accounts whose writes Instagram has blocked for a while. */
  BlockedAccounts: 'Count',
  /** What is left of Instagram's limit for the account with the least left, by Instagram's answers of the last hour. */
  RateLimitHeadroomPercent: 'Percent',
  /** Since the request for the oldest sync run that has not ended. */
  OldestUnfinishedSyncSeconds: 'Seconds',
  /** Since the last successful run of the account that is furthest behind. */
  SyncLagSeconds: 'Seconds',
  /** Accounts whose last successful run would have marked too many posts gone, and marked none. */
  HeldBackSyncs: 'Count',
  /** Tasks of accounts that are done by themselves, and should have been done a whole period ago. */
  LateTasks: 'Count',
  /** Writes to Instagram that have not ended, by state. */
  IntentsSending: 'Count',
  IntentsPending: 'Count',
  IntentsUnknown: 'Count',
  /** Since the request for the oldest write whose outcome is not known. */
  OldestUnknownIntentSeconds: 'Seconds',
  /** Publications that have not ended, by state. */
  PublicationsScheduled: 'Count',
  PublicationsQueued: 'Count',
  PublicationsProcessing: 'Count',
  PublicationsPublishing: 'Count',

  /** Answers of Instagram, by `kind`: ok, or as `InstagramError` names them. */
  GraphCalls: 'Count',
  /** Pages of media stored. */
  SyncPages: 'Count',
  FailedSyncs: 'Count',
  FailedPublications: 'Count',
  /** Those among them that were scheduled: nobody waits for an answer that would say so. */
  FailedScheduledPublications: 'Count',
  /** Accounts whose token was found dead for good. */
  AccountsNeedingLogin: 'Count',
  /** Messages with which a worker failed, each time; Lambda counts none of them as an error. */
  FailedMessages: 'Count',
  /** Work put aside after five attempts in a row without progress. */
  ParkedWork: 'Count',
  /** Writes that were given up: nobody knows whether they happened. */
  AbandonedIntents: 'Count',
  /** Objects whose state after a write could not be read back: they stay as they are stored. */
  UnreadWrites: 'Count',
  /** Publications whose outcome could not be established. */
  UnknownPublications: 'Count',
  /** Effects on Instagram beyond the one that was wanted. */
  SecondEffects: 'Count',
} as const satisfies Readonly<Record<string, 'Count' | 'Seconds' | 'Percent'>>;
export type MetricName = keyof typeof METRICS;

/**
 * Log lines that are a metric too, by their `event`: the line that raised an alarm is the one to read. `dimension`
 * names a field of the line.
 */
export const EVENT_METRICS: Readonly<Record<string, { counts: readonly MetricName[]; dimension?: string }>> = {
  instagram_call: { counts: ['GraphCalls'], dimension: 'kind' },
  message_failed: { counts: ['FailedMessages'] },
  page_stored: { counts: ['SyncPages'] },
  account_needs_login: { counts: ['AccountsNeedingLogin'] },
  sync_failed: { counts: ['FailedSyncs'] },
  sync_parked: { counts: ['FailedSyncs', 'ParkedWork'] },
  account_task_parked: { counts: ['ParkedWork'] },
  publication_failed: { counts: ['FailedPublications'] },
  scheduled_publication_failed: { counts: ['FailedScheduledPublications'] },
  publication_parked: { counts: ['FailedPublications', 'ParkedWork'] },
  intent_abandoned: { counts: ['AbandonedIntents'] },
  write_not_read_back: { counts: ['UnreadWrites'] },
  publication_unknown: { counts: ['UnknownPublications'] },
  second_effect: { counts: ['SecondEffects'] },
};
