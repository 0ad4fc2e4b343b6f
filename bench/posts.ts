import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Figure, median, percentile } from './report.ts';
import { seedPosts } from './seed-posts.ts';

const POSTS = 1_000_000;
/** As many as Instagram lists of an account. */
const FRESH_POSTS = 10_000;
const CONNECTIONS = 8;
const REQUESTS = 2_000;
const WARM_UP = 200;
const SEARCH_MS = 150;

/** What the measured process prints, in milliseconds. */
interface Times {
  pages: { first: number; deep: number; bare: number };
  searches: { rare: number; common: number; absent: number; short: number };
}

const measure = async (variables: Record<string, string>): Promise<Times> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/posts-child.ts'], { env: variables });
  return JSON.parse(stdout);
};

const fetchWhole = async (url: string, agent: Agent): Promise<void> => {
  const request = get(url, { agent });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`GET ${url} answers ${response.statusCode}`);
};

/** Asks for the same page over several connections at once, each sending its next request when it has its answer. */
const load = async (url: string, requests: number): Promise<{ seconds: number; times: number[] }> => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  let left = requests;
  const startedAt = performance.now();
  const connection = async () => {
    while (left > 0) {
      left -= 1;
      const askedAt = performance.now();
      await fetchWhole(url, agent);
      times.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  agent.destroy();
  return { seconds: (performance.now() - startedAt) / 1_000, times };
};

/** Serves the posts, warms up, and hands over what `GET /posts?limit=50` takes under load. */
const serve = async <Result>(
  variables: Record<string, string>,
  use: (list: (requests: number) => ReturnType<typeof load>) => Promise<Result>,
): Promise<Result> => {
  const server = spawn(process.execPath, ['bench/posts-server-child.ts'], {
    env: { ...variables, DATABASE_POOL_SIZE: String(CONNECTIONS) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = await once(server.stdout, 'data');
    const url = `${String(printed).trim()}/api/v1/posts?limit=50`;
    await load(url, WARM_UP);
    return await use((requests) => load(url, requests));
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
};

const serveUnderLoad = (variables: Record<string, string>): Promise<Figure[]> =>
  serve(variables, async (list) => {
    const { seconds, times } = await list(REQUESTS);
    return [
      { name: `GET /posts?limit=50, ${CONNECTIONS} connections`, value: times.length / seconds, unit: '1/s' },
      { name: '  p50', value: median(times), unit: 'ms' },
      { name: '  p99', value: percentile(times, 0.99), unit: 'ms' },
    ];
  });

/** `GET /posts` right after a first sync, before anything has analysed the table, against the same once it is analysed. */
export const benchFreshPosts = async (databaseUrl: string): Promise<Figure[]> => {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('ALTER TABLE posts SET (autovacuum_enabled = off)');
    const accountId = await seedPosts(databaseUrl, FRESH_POSTS, { fresh: true });
    const variables = { DATABASE_URL: databaseUrl, BENCH_ACCOUNT_ID: String(accountId), LOG_LEVEL: 'error' };
    return await serve(variables, async (list) => {
      const fresh = await list(REQUESTS);
      await client.query('ANALYZE posts');
      await list(WARM_UP);
      const analysed = await list(REQUESTS);
      return [
        { name: `GET /posts?limit=50, ${CONNECTIONS} connections`, value: REQUESTS / fresh.seconds, unit: '1/s' },
        { name: '  p50', value: median(fresh.times), unit: 'ms' },
        { name: '  p99', value: percentile(fresh.times, 0.99), unit: 'ms' },
        {
          name: '  p50, against the analysed table',
          value: median(fresh.times) / median(analysed.times),
          unit: 'ratio',
          bar: { max: 1.3 },
        },
      ];
    });
  } finally {
    await client.end();
  }
};

/** `GET /posts` and its searches at 1,000,000 posts of one account. */
export const benchPosts = async (databaseUrl: string): Promise<Figure[]> => {
  const accountId = await seedPosts(databaseUrl, POSTS);
  const variables = { DATABASE_URL: databaseUrl, BENCH_ACCOUNT_ID: String(accountId), LOG_LEVEL: 'error' };
  const { pages, searches } = await measure(variables);
  return [
    { name: 'GET /posts?limit=50, first page', value: pages.first, unit: 'ms' },
    {
      name: '  page at row 900,000, against the first',
      value: pages.deep / pages.first,
      unit: 'ratio',
      bar: { max: 1.1 },
    },
    {
      name: '  handler, against the same SQL through pg',
      value: pages.first / pages.bare,
      unit: 'ratio',
      bar: { max: 2 },
    },
    ...Object.entries(searches).map(
      ([name, value]): Figure => ({ name: `search, ${name} q`, value, unit: 'ms', bar: { max: SEARCH_MS } }),
    ),
    ...(await serveUnderLoad(variables)),
  ];
};
