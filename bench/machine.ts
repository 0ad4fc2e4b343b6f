import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const SAMPLE_MS = 1_000;

const ticks = () => {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
};

/** The share of all processors, 0..1, that is in use while this process waits a second. */
export const othersShare = async (): Promise<number> => {
  const before = ticks();
  await delay(SAMPLE_MS);
  const after = ticks();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
};
