import { randomUUID } from 'node:crypto';
import type { EventBridgeEvent } from 'aws-lambda';
import { logger } from '../../lib/logger.ts';
import type { Invoke } from './lambda.ts';

export interface Scheduled {
  entry: string;
  rateSeconds: number;
  invoke: Invoke;
}

/**
 * Runs functions at their intervals, and once right away. A function never runs twice at once: if it is due while it still
 * runs, that run is skipped. A failure is logged by `createFunction`, and the next run happens all the same.
 */
export const startScheduler = (schedules: readonly Scheduled[], region: string): { stop: () => Promise<void> } => {
  const running = new Map<string, Promise<void>>();

  const run = ({ entry, invoke }: Scheduled): void => {
    if (running.has(entry)) {
      logger.debug('still running', { event: 'schedule_skipped', function: entry });
      return;
    }
    const settled = () => void running.delete(entry);
    running.set(entry, invoke(scheduledEvent(entry, region)).then(settled, settled));
  };

  const timers = schedules.map((schedule) => setInterval(run, schedule.rateSeconds * 1000, schedule));
  for (const schedule of schedules) run(schedule);
  return {
    /** Starts no more runs, and waits for those under way. */
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
};

const scheduledEvent = (entry: string, region: string): EventBridgeEvent<'Scheduled Event', Record<string, never>> => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: new Date().toISOString().replace(/\.\d{3}Z$/, 'Z'),
  region,
  resources: [`arn:aws:events:${region}:000000000000:rule/${entry}`],
  detail: {},
});
