import { sql } from 'slonik';
import type { Stage } from './stage.ts';

/** A mistake that nobody must make, planted where the service meets the world, to see that the checks find it. */
export interface Mistake {
  readonly name: string;
  /** How the promise begins that is broken by it. */
  readonly breaks: string;
  /** A seed in which it shows: not every day has what it needs. */
  readonly foundBy: number;
  /** Makes it from now on; what it gives unmakes it. */
  readonly plant: (stage: Stage) => (() => unknown) | Promise<() => unknown>;
}

type Fetch = typeof fetch;
interface Call {
  method: string;
  /** Without version: `/178…/comments`. */
  path: string;
  init: Parameters<Fetch>[1];
  pass: () => Promise<Response>;
}

/** Lets another answer than Instagram's reach the service. */
const intercept = (answer: (call: Call) => Promise<Response>): (() => void) => {
  const right = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const path = new URL(String(input)).pathname.replace(/^.*\/v[0-9.]+/, '');
    return answer({ method: init?.method ?? 'GET', path, init, pass: () => right(input, init) });
  };
  return () => {
    globalThis.fetch = right;
  };
};
const json = (body: unknown, status = 200): Response => Response.json(body, { status });
const writesOnce = ({ method, path }: Call): boolean => method === 'POST' && /\/(comments|replies)$/.test(path);
const listsMedia = ({ method, path }: Call): boolean => method === 'GET' && /^\/\d+\/media$/.test(path);
const MISSING = {
  error: {
    message: 'Unsupported get request. Object does not exist',
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
  },
};

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'a write whose answer was lost is sent again, blind',
    breaks: 'A comment, a reply or a publication happens once',
    foundBy: 15,
    plant: () =>
      intercept(async (call) => {
        if (!writesOnce(call)) return await call.pass();
        const first = await call.pass().catch(() => null);
        return first !== null && first.status < 500 ? first : await call.pass();
      }),
  },
  {
    name: 'a write whose answer was lost is taken for done',
    breaks: 'The same Idempotency-Key',
    foundBy: 10,
    plant: () =>
      intercept(async (call) => {
        if (!writesOnce(call)) return await call.pass();
        return await call.pass().catch(() => json({ id: `1799${Date.now()}` }));
      }),
  },
  {
    name: 'what a listing leaves out is gone, without a probe',
    breaks: 'Nothing is believed gone',
    foundBy: 14,
    plant: () => {
      let unlisted = '';
      return intercept(async (call) => {
        if (call.path === `/${unlisted}`) return json(MISSING, 400);
        const answer = await call.pass();
        if (!listsMedia(call) || !answer.ok) return answer;
        const page = (await answer.json()) as { data: { id: string }[] };
        unlisted = page.data.pop()?.id ?? unlisted;
        return json(page);
      });
    },
  },
  {
    name: 'the last row of each page is passed over',
    breaks: 'Nothing is lost',
    foundBy: 1,
    plant: () =>
      intercept(async (call) => {
        const answer = await call.pass();
        if (!listsMedia(call) || !answer.ok) return answer;
        const page = (await answer.json()) as { data: unknown[] };
        return json({ ...page, data: page.data.slice(0, -1) });
      }),
  },
  {
    name: 'a comment is stored as hidden, whatever became of it on Instagram',
    breaks: 'The last of several changes wins',
    foundBy: 4,
    plant: () =>
      intercept(async (call) => {
        const isHide = call.method === 'POST' && /^\/\d+$/.test(call.path) && /hide/.test(String(call.init?.body));
        return isHide ? json({ success: true }) : await call.pass();
      }),
  },
  {
    name: 'a refusal for the limit is taken for a passing trouble',
    breaks: 'Throttled means silent',
    foundBy: 13,
    plant: () =>
      intercept(async (call) => {
        const answer = await call.pass();
        if (answer.status !== 403) return answer;
        return json({ error: { message: 'An unexpected error', type: 'OAuthException', code: 2 } }, 500);
      }),
  },
  {
    name: 'who takes a lease raises no fence',
    breaks: 'A sync survives anything: who lost the lease',
    foundBy: 12,
    plant: async ({ pool }) => {
      await pool.query(sql.unsafe`
        CREATE FUNCTION forget_fence() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.lease_epoch := OLD.lease_epoch; RETURN NEW; END'
      `);
      await pool.query(sql.unsafe`
        CREATE TRIGGER forget_fence BEFORE UPDATE ON sync_runs FOR EACH ROW EXECUTE FUNCTION forget_fence()
      `);
      return () => pool.query(sql.unsafe`DROP FUNCTION forget_fence CASCADE`);
    },
  },
  {
    name: 'nobody wakes what is due',
    breaks: 'A sync survives anything',
    foundBy: 1,
    plant: (stage) => stage.stopTicking(),
  },
  {
    name: 'a call is logged with its headers',
    breaks: 'Tokens are never',
    foundBy: 1,
    plant: () =>
      intercept(async (call) => {
        process.stdout.write(`${JSON.stringify({ level: 'INFO', headers: call.init?.headers })}\n`);
        return await call.pass();
      }),
  },
];
