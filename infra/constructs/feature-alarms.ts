import { serviceMetric } from '../metrics.ts';
import type { RaiseAlarm, Watched } from './watched.ts';

/** Alarms about what people use the service for: their accounts, syncs and writes. */
export const watchFeatures = (watched: Watched, alarm: RaiseAlarm): void => {
  watchAccounts(watched, alarm);
  watchSyncs(watched, alarm);
  watchWrites(watched, alarm);
};

const watchAccounts = ({ stage }: Watched, alarm: RaiseAlarm): void => {
  alarm({
    runbook: 'token-dead',
    severity: 'page',
    says: 'Instagram refuses the token of a connected account: its posts are not synced, and nobody can comment or publish.',
    metric: serviceMetric(stage, 'DeadTokens', 'Maximum'),
    above: 0,
  });
  alarm({
    runbook: 'token-fading',
    severity: 'ticket',
    says: 'In two weeks an account can no longer sync, comment or publish, unless a person connects it again.',
    metric: serviceMetric(stage, 'FadingTokens', 'Maximum'),
    above: 0,
  });
  alarm({
    runbook: 'token-dying',
    severity: 'ticket',
    says: 'In a week an account can no longer sync, comment or publish, unless a person connects it again.',
    metric: serviceMetric(stage, 'DyingTokens', 'Maximum'),
    above: 0,
  });
  alarm({
    runbook: 'token-ending',
    severity: 'page',
    says: 'In three days an account can no longer sync, comment or publish, unless a person connects it again now.',
    metric: serviceMetric(stage, 'EndingTokens', 'Maximum'),
    above: 0,
  });
  alarm({
    runbook: 'needs-login',
    severity: 'page',
    says: 'Instagram has refused an account twice: it rests until a person connects it again.',
    metric: serviceMetric(stage, 'AccountsNeedingLogin', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'instagram-throttling',
    severity: 'ticket',
    says: 'Instagram has limited our calls for an account for an hour: its people wait for syncs, and cannot write.',
    metric: serviceMetric(stage, 'ThrottledAccounts', 'Maximum'),
    above: 0,
    periods: { of: 12, bad: 12 },
  });
  alarm({
    runbook: 'writes-blocked',
    severity: 'page',
    says: 'Instagram takes the comments of an account for spam and has blocked its writes: its people cannot comment.',
    metric: serviceMetric(stage, 'BlockedAccounts', 'Maximum'),
    above: 0,
  });
};

const watchSyncs = ({ stage }: Watched, alarm: RaiseAlarm): void => {
  alarm({
    runbook: 'sync-not-finishing',
    severity: 'ticket',
    says: 'A sync has been going on for two hours: people see posts of an older day.',
    metric: serviceMetric(stage, 'OldestUnfinishedSyncSeconds', 'Maximum'),
    above: 2 * 3600,
  });
  alarm({
    runbook: 'sync-lagging',
    severity: 'ticket',
    says: `An account has had no successful sync for ${stage.maxSyncLagHours} hours: its people see posts of an older day.`,
    metric: serviceMetric(stage, 'SyncLagSeconds', 'Maximum'),
    above: stage.maxSyncLagHours * 3600,
  });
  alarm({
    runbook: 'tasks-late',
    severity: 'ticket',
    says: 'Accounts are not synced by themselves when they should be: their people see posts of an older hour or day.',
    metric: serviceMetric(stage, 'LateTasks', 'Maximum'),
    above: 0,
    periods: { of: 6, bad: 6 },
  });
  alarm({
    runbook: 'sync-failed',
    severity: 'ticket',
    says: 'A sync has failed: until the next one that succeeds people see older posts.',
    metric: serviceMetric(stage, 'FailedSyncs', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'sync-held-back',
    severity: 'ticket',
    says: 'A sync missed so many posts that it marked none as gone: people may see posts that no longer exist.',
    metric: serviceMetric(stage, 'HeldBackSyncs', 'Maximum'),
    above: 0,
  });
};

const watchWrites = ({ stage }: Watched, alarm: RaiseAlarm): void => {
  alarm({
    runbook: 'write-unknown',
    severity: 'ticket',
    says: 'For an hour it has not been known whether a comment or reply is on Instagram.',
    metric: serviceMetric(stage, 'OldestUnknownIntentSeconds', 'Maximum'),
    above: 3600,
  });
  alarm({
    runbook: 'write-abandoned',
    severity: 'ticket',
    says: 'The service has given up finding out whether a comment or reply is on Instagram: a person must look.',
    metric: serviceMetric(stage, 'AbandonedIntents', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'write-not-read-back',
    severity: 'ticket',
    says: 'For a day we could not read what a hide, a delete or a comment switch left on Instagram: people may see an older state.',
    metric: serviceMetric(stage, 'UnreadWrites', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'publication-unknown',
    severity: 'page',
    says: 'It is not known whether a post was published: a person must look before anybody publishes it again.',
    metric: serviceMetric(stage, 'UnknownPublications', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'scheduled-publication-failed',
    severity: 'page',
    says: 'A scheduled post was not published: whoever planned it does not know yet.',
    metric: serviceMetric(stage, 'FailedScheduledPublications', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'written-twice',
    severity: 'page',
    says: 'A comment or post that was requested once is on Instagram twice: everybody sees it.',
    metric: serviceMetric(stage, 'SecondEffects', 'Sum'),
    above: 0,
  });
  alarm({
    runbook: 'work-parked',
    severity: 'ticket',
    says: 'A sync, a publication or a task of an account was begun five times without any progress.',
    metric: serviceMetric(stage, 'ParkedWork', 'Sum'),
    above: 0,
  });
};
