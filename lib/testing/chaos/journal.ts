/** What a client asked for that is to show on Instagram once, and what it heard. */
export interface Asked {
  step: number;
  kind: 'comment' | 'reply' | 'publication';
  accountId: number;
  /** The comment's text, or the publication's caption: by it the effect is known again. */
  text: string;
  key: string | null;
  /** Answers in the order they were heard; a client whose service died under it heard none. */
  answers: Answer[];
}
export interface Answer {
  status: number;
  body: unknown;
}

/** Something that stood on Instagram when it was looked at, at the end of a step. */
export interface Effect {
  id: string;
  text: string;
  accountId: number;
}

/** A row that somebody is at work on, before and after another one woke up who had its lease before. */
export interface Overtaken {
  before: string | null;
  after: string | null;
}

/** What happened in a run, as far as it cannot be read from the world or the database when the run is over. */
export const createJournal = () => {
  const asked: Asked[] = [];
  const effects = new Map<string, Effect>();
  const faults: string[] = [];
  const events: string[] = [];
  const unheard: { from: number; to: number }[] = [];
  const invocations: number[] = [];
  const overtaken: Overtaken[] = [];
  return {
    asked: (): readonly Asked[] => asked,
    /** Every own comment and publication that ever stood on Instagram, also those that were deleted since. */
    effects: (): readonly Effect[] => [...effects.values()],
    /** What was found wrong while the run went on. */
    faults: (): readonly string[] => faults,
    /** What happened, a line each, for whoever looks at a seed that failed. */
    events: (): readonly string[] => events,

    ask: (request: Omit<Asked, 'answers'>): Asked => {
      const entry = { ...request, answers: [] };
      asked.push(entry);
      return entry;
    },
    see: (effect: Effect): void => {
      if (!effects.has(effect.id)) effects.set(effect.id, effect); // as it was made: it may be edited by hand since
    },
    /** Calls to Instagram whose answers may never have reached the service, by their numbers in the log: above, and up to. */
    doubt: (from: number, to: number): void => {
      unheard.push({ from, to });
    },
    isDoubtful: (call: { id: number }): boolean => unheard.some(({ from, to }) => call.id > from && call.id <= to),
    /** Notes that something of the service begins to run, after so many calls to Instagram. */
    begin: (lastCall: number): void => {
      invocations.push(lastCall);
    },
    /** Whether nothing of the service was begun between two calls. */
    isSameInvocation: (one: { id: number }, other: { id: number }): boolean =>
      !invocations.some((lastCall) => lastCall >= one.id && lastCall < other.id),
    overtake: (rows: Overtaken): void => {
      overtaken.push(rows);
    },
    overtaken: (): readonly Overtaken[] => overtaken,
    /** Notes a fault, once. */
    blame: (fault: string): void => {
      if (!faults.includes(fault)) faults.push(fault);
    },
    tell: (event: string): void => {
      events.push(event);
    },
  };
};
