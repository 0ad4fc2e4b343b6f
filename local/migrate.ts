/** `npm run migrate -- up` and `npm run migrate -- down [count]`: against `DATABASE_URL`, else the embedded database. */
import { connectEnv, databaseEnv, localEnv, parseEnv, readEnvironment } from '../lib/config.ts';
import { migrate } from '../lib/database/migrate.ts';
import { openDataDir, postgresDir } from './platform/data-dir.ts';
import { startPostgres } from './platform/postgres.ts';

const settingsSchema = databaseEnv.partial().extend({
  ...localEnv.pick({ DATA_DIR: true, SIMULATED_DATABASE_URL: true }).shape,
  ...connectEnv.pick({ INSTAGRAM_ACCESS_TOKEN: true }).shape,
});

const USAGE = 'usage: npm run migrate -- up | down [how many, 1 when left out]';
const log = (line: string): void => console.log(line);

const readArguments = ([direction, count, ...rest]: readonly string[]) => {
  const number = count === undefined ? undefined : Number(count);
  const valid = number === undefined || (direction === 'down' && Number.isInteger(number) && number > 0);
  if ((direction !== 'up' && direction !== 'down') || !valid || rest.length > 0) throw new Error(USAGE);
  return { direction, ...(number === undefined ? {} : { count: number }) } as const;
};

const main = async (): Promise<void> => {
  const what = readArguments(process.argv.slice(2));
  const settings = parseEnv(settingsSchema, readEnvironment('.env'));
  const simulated = settings.INSTAGRAM_ACCESS_TOKEN === undefined;
  const given = settings.DATABASE_URL && ((simulated && settings.SIMULATED_DATABASE_URL) || settings.DATABASE_URL);
  const start = async () =>
    startPostgres({ dataDir: postgresDir(await openDataDir(settings.DATA_DIR), { simulated }), log });
  const { url, stop } = given ? { url: given, stop: async () => undefined } : await start();
  try {
    const names = await migrate({ url, ...what, log });
    if (names.length === 0) log('nothing to do');
  } finally {
    await stop();
  }
};

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
