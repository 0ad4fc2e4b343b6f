import type { styleText } from 'node:util';

type Colour = Extract<Parameters<typeof styleText>[0], string>;

/** A log line's fields, as the logger would write them as JSON. */
export type LogItem = Readonly<Record<string, unknown>>;
/** Gives text a colour, or leaves it as it is. */
export type Style = (colour: Colour, text: string) => string;

/** Not shown: starts, single calls, wake-ups and ticks. A person sees the end of each request and sync. */
const UNTOLD =
  /^(request_started|instagram_call|message_received|message_finished|tick|vitals|\w+_turn_(started|ended))$/;
/** Fields that are in another part of the line, or mean nothing on one's own machine. */
const ELSEWHERE = new Set(
  'level message timestamp service event request_id message_id function_request_id sampling_rate xray_trace_id _aws'.split(
    ' ',
  ),
);
const LEVELS: Readonly<Record<string, Colour>> = { WARN: 'yellow', ERROR: 'red', CRITICAL: 'red' };

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const duration = (ms: unknown): string =>
  typeof ms !== 'number' ? '' : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The other fields as `name=value`, nested ones too. An error's stack follows on its own lines. */
const details = (item: LogItem): string => {
  const fields = Object.entries(item).filter(([name, value]) => !ELSEWHERE.has(name) && value != null);
  const { stack, ...error } = (item.error ?? {}) as Record<string, unknown>;
  const shown = fields.filter(([name]) => name !== 'error').concat(Object.entries(error));
  const pairs = shown.map(([name, value]) => `${name}=${text(value)}`).join(' ');
  return typeof stack === 'string' ? `${pairs}\n  ${stack.replaceAll('\n', '\n  ')}` : pairs;
};

const statusColour = (status: number): Colour => (status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green');

/**
 * Makes log lines for people: requests with status and time, syncs with their progress, and errors with all that is known
 * about them. Null for a line that is not shown.
 */
export const createPrettyLog = (style: Style): ((item: LogItem) => string | null) => {
  /** What was done so far, by run: media stored, posts whose comments or insights were read. */
  const progress = new Map<unknown, Map<unknown, number>>();
  const sum = (run: unknown, what: unknown, more: unknown): number => {
    const ofRun = progress.get(run) ?? new Map<unknown, number>();
    progress.set(run, ofRun);
    ofRun.set(what, (ofRun.get(what) ?? 0) + count(more));
    return ofRun.get(what) ?? 0;
  };

  const describe = (item: LogItem): string => {
    switch (item.event) {
      case 'request_finished': {
        const status = count(item.status);
        const code = item.code === undefined ? '' : ` ${text(item.code)}`;
        return `${text(item.route)} ${style(statusColour(status), `${status}${code}`)} ${style('gray', duration(item.ms))}`;
      }
      case 'page_stored':
        return `sync ${text(item.sync_run_id)}: ${sum(item.sync_run_id, 'media', item.media)} media`;
      case 'posts_visited':
        return `sync ${text(item.sync_run_id)}: ${text(item.what)} of ${sum(item.sync_run_id, item.what, item.posts)} posts`;
      case 'sync_succeeded': {
        progress.delete(item.sync_run_id);
        const { created, updated, unchanged, gone } = item;
        const counts = { created, updated, unchanged, gone };
        const told = Object.entries(counts).filter(([, value]) => count(value) > 0);
        const counted = told.map(([name, value]) => `${value} ${name}`).join(', ');
        return `${style('green', `sync ${text(item.sync_run_id)} succeeded`)}: ${counted === '' ? 'nothing to do' : counted}`;
      }
      default:
        return `${text(item.message)} ${style('gray', details(item))}`.trimEnd();
    }
  };

  return (item) => {
    const level = text(item.level);
    if (level === 'INFO' && UNTOLD.test(text(item.event))) return null;
    if (item.event === 'sync_failed') progress.delete(item.sync_run_id);
    const time = new Date(text(item.timestamp)).toTimeString().slice(0, 8);
    const colour = LEVELS[level];
    const mark = colour === undefined ? '' : `${style(colour, level)} `;
    return `${style('gray', time)} ${mark}${describe(item)}`;
  };
};
