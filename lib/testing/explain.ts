import { type CommonQueryMethods, type DatabasePool, type QuerySqlToken, sql } from 'slonik';
import { z } from 'zod';

/** A node of a plan, as EXPLAIN gives it. */
export interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

const METHODS = ['any', 'anyFirst', 'exists', 'maybeOne', 'maybeOneFirst', 'one', 'oneFirst', 'query'];
const explainedSchema = z.object({ 'QUERY PLAN': z.array(z.object({ Plan: z.custom<PlanNode>() })) });
const wordsSchema = z.object({ 'QUERY PLAN': z.string() });

class Explained extends Error {}

/** The one statement that `call` has a repository send, which is given a database that runs nothing. */
const statementOf = async (
  pool: DatabasePool,
  call: (database: CommonQueryMethods) => Promise<unknown>,
): Promise<QuerySqlToken> => {
  let statement: QuerySqlToken | undefined;
  const listening = new Proxy(pool, {
    get: (inner, name, receiver) => {
      if (!METHODS.includes(String(name))) return Reflect.get(inner, name, receiver) as unknown;
      return async (sent: QuerySqlToken) => {
        statement = sent;
        throw new Explained();
      };
    },
  });
  await call(listening).catch((error: unknown) => {
    if (!(error instanceof Explained)) throw error;
  });
  if (statement === undefined) throw new TypeError('No statement was sent');
  return statement;
};

/** The plan of the one statement that `call` has a repository send: taken from the repository, not copied. */
export const explain = async (
  pool: DatabasePool,
  call: (database: CommonQueryMethods) => Promise<unknown>,
): Promise<PlanNode> => {
  const statement = await statementOf(pool, call);
  const { rows } = await pool.query(sql.type(explainedSchema)`EXPLAIN (FORMAT JSON) ${statement}`);
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (plan === undefined) throw new TypeError('There is no plan');
  return plan;
};

/** The same in words, with every expression and cost, of a statement whose text `rewrite` may change. */
export const explainInWords = async (
  pool: DatabasePool,
  call: (database: CommonQueryMethods) => Promise<unknown>,
  rewrite: (text: string) => string = (text) => text,
): Promise<string> => {
  const statement = await statementOf(pool, call);
  const { rows } = await pool.query(
    sql.type(wordsSchema)`EXPLAIN (VERBOSE) ${{ ...statement, sql: rewrite(statement.sql) }}`,
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
};

/** A plan's nodes, from the top, each before what it reads from. */
export const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
