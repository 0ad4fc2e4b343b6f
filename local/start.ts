/** `npm start`: the service on this machine, with everything it needs. Ctrl-C stops it, a second Ctrl-C at once. */
import { styleText } from 'node:util';
import { logFormatEnv, parseEnv, readEnvironment, setEnvironment } from '../lib/config.ts';
import { METRICS_SERVICE } from '../lib/metric-names.ts';
import type { Platform } from './platform/platform.ts';
import { createPrettyLog } from './pretty-log.ts';

/** npm passes on a Ctrl-C that the terminal has already sent to us: within this time they count as one. */
const SAME_SIGNAL_MS = 500;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let format: 'pretty' | 'json' = process.stdout.isTTY ? 'pretty' : 'json';

/** Prints lines of the start itself, whatever `LOG_LEVEL` is. */
const print = (message: string, fields: Readonly<Record<string, string>> = {}): void => {
  const line = {
    level: 'INFO',
    message: message.trim().replaceAll('\n', ' '),
    timestamp: new Date(),
    service: METRICS_SERVICE,
    event: 'local_home',
    ...fields,
  };
  console.log(format === 'pretty' ? message : JSON.stringify(line));
};

/** Log lines for people, in colour if the terminal has colours and `NO_COLOR` is not set. */
const writePrettily = async (): Promise<void> => {
  const { writeLogsBy } = await import('../lib/logger.ts');
  const pretty = createPrettyLog((colour, text) => styleText(colour, text, { stream: process.stdout }));
  writeLogsBy((item) => {
    const line = pretty(item);
    if (line !== null) console.log(line);
  });
};

const start = async (): Promise<Platform> => {
  const env = readEnvironment('.env');
  format = parseEnv(logFormatEnv, env).LOG_FORMAT ?? format;
  setEnvironment(env);
  // Imported only now, because its imports (the logger, for example) read the environment.
  const { startPlatform } = await import('./platform/platform.ts');
  if (format === 'pretty') await writePrettily();
  return startPlatform({ env, log: (line, level = 'INFO') => print(line, { level }), onLost: giveUp });
};

/** An address that people can call, in the place of one that means all addresses. */
const reachable = (url: string): string => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

const introduce = ({ url: bound, instagram, database }: Platform): void => {
  const url = reachable(bound);
  if (format === 'json') {
    print(`Serving ${url}`, { event: 'serving', url, instagram, database });
    return;
  }
  print(`
Serving ${url}
  Instagram  ${instagram}
  database   ${database}
  API        ${url}/docs

Try, in another terminal:
  curl -s -X POST ${url}/api/v1/sync -H 'content-type: application/json' -d '{"include": ["comments"]}'
  curl -s '${url}/api/v1/posts?limit=5'
  curl -s '${url}/api/v1/posts?q=bread'

Ctrl-C stops everything.
`);
};

let stoppingSince: number | null = null;
const stop = (exitCode: number): void => {
  stoppingSince = performance.now();
  started
    .then((platform) => platform.stop())
    .then(
      () => process.exit(exitCode),
      () => process.exit(1), // a start that failed has already printed why
    );
};
const giveUp = ({ message }: Error): void => {
  if (stoppingSince !== null) return;
  console.error(message);
  stop(1);
};

const started = start();

for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
  process.on(signal, () => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(EXIT_CODES[signal]);
      return;
    }
    print('Stopping … (press Ctrl-C again to stop at once)');
    stop(0);
  });
}

try {
  introduce(await started);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
