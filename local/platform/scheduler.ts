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
 * Runs functions at their intervals, and once right away. Never one of them twice at once: what falls due while it still
 * runs is left out. A failure is logged by the function's runner, and the next one is run all the same.
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
    /** Starts no more, and waits for what is under way. */
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
