/**
 * For operators, after the cause is fixed: moves dead letters back to their queues. The runbook has the command;
 * `{"queue": "sync"}` names one queue, `{}` means all.
 */
import { z } from 'zod';
import { parseEnv, readQueueUrls, sqsEnv } from '../lib/config.ts';
import { logger } from '../lib/logger.ts';
import { redrive } from '../lib/queue/redrive.ts';

const { AWS_REGION: region, AWS_ENDPOINT_URL_SQS: endpoint } = parseEnv(sqsEnv);
const queueUrls = readQueueUrls();
const eventSchema = z.object({
  queue: z.enum([...queueUrls.keys()], { error: `must be one of: ${[...queueUrls.keys()].join(', ')}` }).optional(),
});

export const handler = async (event: unknown): Promise<Record<string, number>> => {
  const { queue: wanted } = eventSchema.parse(event);
  const moved: Record<string, number> = {};
  for (const [queue, url] of queueUrls) {
    if (wanted !== undefined && wanted !== queue) continue;
    moved[queue] = await redrive(url, { region, endpoint });
    logger.info('dead letters moved back', { event: 'redriven', queue, moved: moved[queue] });
  }
  return moved;
};
