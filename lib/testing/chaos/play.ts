import { ACTORS } from './actors/index.ts';
import { CHECKS } from './checks/index.ts';
import type { Mistake } from './mistakes.ts';
import { randomOf } from './random.ts';
import { drawSchedule, type Step } from './schedule.ts';
import { settle } from './settle.ts';
import type { Stage } from './stage.ts';

/** What a run came to: no faults, or what is wrong, each with the promise that it breaks. */
export interface Report {
  seed: number;
  minutes: number;
  steps: number;
  faults: readonly string[];
  events: readonly string[];
}

/** Plays what one seed makes of so many virtual minutes, lets everything settle, and checks every promise. */
export const playChaos = async (
  stage: Stage,
  { seed, minutes, mistake = null }: { seed: number; minutes: number; mistake?: Mistake | null },
): Promise<Report> => {
  await stage.begin(seed);
  const { journal } = stage;
  const undo = mistake === null ? () => undefined : await mistake.plant(stage);
  const schedule = drawSchedule(seed, minutes);
  const check = async (when: 'step' | 'settled' | 'mirrored') => {
    for (const { promise, moments, find } of CHECKS) {
      if (!moments.includes(when)) continue;
      for (const fault of await find(stage)) journal.blame(`${promise}: ${fault}`);
    }
  };
  try {
    for (const step of schedule) {
      await play(stage, seed, step);
      lookAround(stage);
      await check('step');
    }
    await settle(stage);
    lookAround(stage);
    await check('settled');
    await mirror(stage);
    await check('mirrored');
  } finally {
    await undo();
    stage.disarm();
  }
  return { seed, minutes, steps: schedule.length, faults: journal.faults(), events: journal.events() };
};

const play = async (stage: Stage, seed: number, { number, actor: name, pauseMs, fault }: Step): Promise<void> => {
  const random = randomOf(seed, 'act', number);
  const actor = ACTORS.find((one) => one.name === name);
  const account = stage.accounts[random.chance(0.7) ? 0 : 1];
  if (actor === undefined || account === undefined) throw new TypeError(`nobody plays ${name}`);
  stage.journal.tell(`step ${number}: ${name}, after ${pauseMs / 1_000} s, fault ${JSON.stringify(fault)}`);
  await stage.passTime(pauseMs);
  stage.arm(fault);
  try {
    if (stage.isTickDue()) await stage.tick();
    await stage.deliver();
    lookAround(stage); // before anybody deletes what was published just now
    await actor.act({ stage, account, random, step: number });
    await stage.deliver();
  } catch (error) {
    stage.journal.blame(`step ${number}, ${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  } finally {
    stage.disarm();
  }
};

/** Notes what stands on Instagram: effects that are deleted later on were there all the same. */
const lookAround = ({ simulator: { world }, accounts, journal }: Stage): void => {
  for (const { id: accountId, instagram_id } of accounts) {
    for (const media of world.media(instagram_id)) {
      journal.see({ id: media.id, text: media.caption ?? '', accountId });
      for (const { id, text, authorId } of world.comments(media.id)) {
        if (authorId === instagram_id) journal.see({ id, text, accountId });
      }
    }
  }
};

/** Longer than any post's comments go unread, and any refusal is remembered: whatever is not mirrored then is lost. */
const LONG_MS = 15 * 24 * 3_600_000;

const mirror = async (stage: Stage): Promise<void> => {
  await stage.passTime(LONG_MS);
  for (const account of stage.accounts) {
    const answer = await stage.ask('startSync', '/sync', {
      body: { account_id: account.id, mode: 'full', include: ['comments'], accept_missing: true },
      headers: { prefer: 'wait=20' },
    });
    if (answer?.status !== 200) {
      stage.journal.blame(
        `the last sync of ${account.instagram_id} was answered ${answer?.status}: ${JSON.stringify(answer?.body)}`,
      );
    }
  }
};
