/** That there is one source of time: what asks another cannot be moved by a test, and disagrees with the rest of the service. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');

/** PostgreSQL's clocks. `service_now()` is the service's; the migration that makes it is the last that may ask another. */
const SQL_CLOCK =
  /\b(clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|now)\s*\(|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b/i;
const MAKES_THE_CLOCK = '0050_create_service_now.sql';

/** The time of day as Node has it. `performance.now()`, which nobody sets, is for deadlines. */
const NODE_CLOCK = /\bDate\.now\b|\bnew Date\(\s*\)/;

/** Where the time of day comes in; each hands it on as `now` or `clock`. */
const COMPOSITION_ROOTS: Readonly<Record<string, string>> = {
  'functions/compose/account-tasks.ts': 'composes',
  'functions/get-account-series.ts': 'composes',
  'lib/publications/engine.ts': 'composes',
  'lib/uploads/access.ts': 'composes',
  'lib/insights/create-insights.ts': 'composes',
  'lib/connecting/connect-account.ts': 'composes',
  'lib/http/deadline.ts': 'compares the time at which the gateway took a request with that of this machine',
  'lib/metrics.ts': 'stamps a log line with when it is written',
  'lib/database/client-config.ts': 'signs a password with the time at which it is used',
  'lib/instagram/answer.ts': 'compares a date of the answer just received with that of this machine',
  'lib/instagram/connections.ts': 'finds out that this very process was frozen',
};

const sourcesIn = (pattern: string) =>
  globSync(pattern, { cwd: ROOT })
    .filter((path) => !/\.test\.ts$|(^|\/)testing\//.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
/** Without comments, which may well speak of clocks. */
const codeOf = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(^|\s)(\/\/|--).*$/gm, '');
/**
 * What of a module is SQL: what stands between backticks after slonik's `sql`, and goes on after an expression in it.
 */
const statementsOf = (text: string) => {
  const parts = codeOf(text).split('`');
  const isSql = (part: string, index: number) =>
    /\bsql\.(fragment|unsafe|type\([\s\S]*\))$/.test(parts[index - 1] ?? '') || part.startsWith('}');
  return parts.filter(isSql);
};

const typescript = ['lib/**/*.ts', 'functions/**/*.ts'].flatMap(sourcesIn);

test('statements ask service_now() and no other clock', () => {
  const wrong = typescript.filter(({ text }) => statementsOf(text).some((statement) => SQL_CLOCK.test(statement)));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('migrations ask service_now() from the one on that makes it', () => {
  const later = sourcesIn('migrations/*.sql').filter(({ path }) => path.slice('migrations/'.length) > MAKES_THE_CLOCK);
  const wrong = later.filter(({ text }) => SQL_CLOCK.test(codeOf(text)));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('the time of day comes in where parts are composed, and nowhere else', () => {
  const asking = typescript.filter(({ text }) => NODE_CLOCK.test(codeOf(text))).map(({ path }) => path);
  expect(asking.toSorted()).toEqual(Object.keys(COMPOSITION_ROOTS).toSorted());
});

describe('it would be noticed that', () => {
  test('a fragment in the middle of a statement asks another clock', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: code to be looked at, not to be run
    const code = 'const a = now(); sql.unsafe`UPDATE t SET ${sql.fragment`at = now()`} WHERE due < now()`; now();';
    expect(statementsOf(code).filter((statement) => SQL_CLOCK.test(statement))).toHaveLength(2);
  });

  test.each([
    'updated_at = clock_timestamp()',
    'due_at <= now()',
    'SELECT now() - interval',
    'DEFAULT CURRENT_TIMESTAMP',
    'created_at > current_date',
  ])('a statement says %s', (statement) => {
    expect(SQL_CLOCK.test(statement)).toBe(true);
  });
  test.each(['due_at <= service_now()', 'now: string', 'began_at AS now'])('but not %s', (statement) => {
    expect(SQL_CLOCK.test(statement)).toBe(false);
  });
  test.each(['const at = Date.now();', 'now: Date.now,', 'new Date()'])('a module says %s', (code) => {
    expect(NODE_CLOCK.test(code)).toBe(true);
  });
});
