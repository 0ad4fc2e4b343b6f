import { z } from 'zod';
import type { Call } from '../graph/call.ts';
import { EDGE_NAMES } from '../graph/edges.ts';
import type { Behaviour, Kind } from './behaviour.ts';
import { KIND_NAMES, KINDS, type KindName } from './catalogue.ts';

const edgeSchema = z.string().refine((name) => EDGE_NAMES.has(name), {
  error: `must be one of ${[...EDGE_NAMES].sort().join(', ')}`,
});

const scopeSchema = z.strictObject({
  /** An operation by name, or several. */
  edge: z.union([edgeSchema, z.array(edgeSchema)]).optional(),
  method: z.enum(['GET', 'POST', 'DELETE']).optional(),
  /** The path without version, where a star stands for anything. */
  path: z
    .string()
    .regex(/^\/(?!v\d+(\.\d+)?(\/|$))/, {
      error: 'must begin with / and have no version, such as /me/media or /*/comments',
    })
    .optional(),
  login: z.enum(['instagram', 'facebook']).optional(),
  token: z.string().optional(),
  /** Calls with a token of this account. */
  account: z.string().optional(),
});

const commonSchema = z.object({
  kind: z.enum(KIND_NAMES),
  on: scopeSchema.default({}),
  after: z.int().min(0).default(0),
  times: z.int().min(1).optional(),
  placement: z.enum(['before', 'after']).default('before'),
});

type Common = Omit<z.input<typeof commonSchema>, 'kind'>;

/** Without parameters zod's input type would forbid every key, the common ones included. */
type ParamsOf<Name extends KindName> = keyof (typeof KINDS)[Name]['params']['shape'] extends never
  ? unknown
  : z.input<(typeof KINDS)[Name]['params']>;

/**
 * What to switch on. `on` says which calls (all, by default); the first `after` of those pass, then it acts `times`
 * times (for ever, by default). `placement: 'after'` lets the call have its effect first, and loses only its answer.
 */
export type ScenarioInput = {
  [Name in KindName]: { kind: Name } & Common & ParamsOf<Name>;
}[KindName];

/** A scenario that is on. */
export interface Scenario {
  readonly id: string;
  readonly kind: KindName;
  /** As it was asked for, defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How many calls it was meant for so far, and on how many it acted. */
  readonly seen: number;
  readonly acted: number;
  /** Switches it off; calls it holds are let go. */
  readonly remove: () => void;
}

/** A scenario as a call meets it. */
export interface Acting {
  readonly kind: KindName;
  readonly placement: 'before' | 'after';
  readonly behaviour: Behaviour;
  /** Aborted when the scenario is switched off. */
  readonly ended: AbortSignal;
}

const toPattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
  );

/** Whether a call is one the scenario is meant for. */
const toMatcher = ({ edge, method, path, login, token, account }: z.output<typeof scopeSchema>) => {
  const edges = edge === undefined ? null : new Set([edge].flat());
  const pattern = path === undefined ? null : toPattern(path);
  return (call: Call): boolean =>
    (edges === null || (call.edge !== null && edges.has(call.edge.name))) &&
    (method === undefined || call.method === method) &&
    (pattern === null || pattern.test(`/${call.path.join('/')}`)) &&
    (login === undefined || call.login === login) &&
    (token === undefined || call.tokenText === token) &&
    (account === undefined || call.token?.accountId === account);
};

/** The scenarios that are on, oldest first. */
export const createScenarios = () => {
  type Entry = Scenario & { take: (call: Call) => Acting | null };
  const active = new Map<string, Entry>();
  let made = 0;

  /** Switches a scenario on. @throws {z.ZodError} for an unknown kind or parameter. */
  const add = (input: ScenarioInput): Scenario => {
    const { kind: name } = commonSchema.pick({ kind: true }).parse(input);
    const kind: Kind = KINDS[name];
    const {
      on,
      after,
      times = kind.times ?? Number.POSITIVE_INFINITY,
      placement,
      kind: _,
      ...rest
    } = z.strictObject({ ...commonSchema.shape, ...kind.params.shape }).parse(input);
    const params = kind.params.parse(rest);
    const behaviour = kind.behave(params);
    const isMeantFor = toMatcher(on);
    const ending = new AbortController();
    made += 1;
    const id = String(made);
    let seen = 0;
    let acted = 0;
    const entry: Entry = {
      id,
      kind: name,
      settings: { on, after, times: Number.isFinite(times) ? times : null, placement, ...params },
      get seen() {
        return seen;
      },
      get acted() {
        return acted;
      },
      take: (call) => {
        if (!isMeantFor(call) || behaviour.applies?.(call) === false) return null;
        seen += 1;
        if (seen <= after || acted >= times) return null;
        acted += 1;
        return { kind: name, placement, behaviour, ended: ending.signal };
      },
      remove: () => {
        active.delete(id);
        ending.abort();
      },
    };
    active.set(id, entry);
    return entry;
  };

  return {
    add,
    list: (): readonly Scenario[] => [...active.values()],
    find: (id: string): Scenario | undefined => active.get(id),
    clear: (): void => {
      for (const scenario of [...active.values()]) scenario.remove();
    },
    /** Those that act on this call, which is thereby counted. */
    take: (call: Call): readonly Acting[] => {
      if (active.size === 0) return NONE;
      return [...active.values()].flatMap((scenario) => scenario.take(call) ?? []);
    },
  };
};

const NONE: readonly Acting[] = [];

export type Scenarios = ReturnType<typeof createScenarios>;
