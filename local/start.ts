/** `npm start`: the service on this machine, with everything it needs. Ctrl-C stops it, a second Ctrl-C at once. */
import { styleText } from 'node:util';
import { logFormatEnv, parseEnv, readEnvironment, setEnvironment } from '../lib/config.ts';
import { METRICS_SERVICE } from '../lib/metric-names.ts';
import type { Platform } from './platform/platform.ts';
import { createPrettyLog } from './pretty-log.ts';

/** npm passes on a Ctrl-C that the terminal has sent us already: both are one. */
const SAME_SIGNAL_MS = 500;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let format: 'pretty' | 'json' = process.stdout.isTTY ? 'pretty' : 'json';

/** Says what the start itself has to say, whatever `LOG_LEVEL` is. */
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

/** Log lines for people, in colour where the terminal has any (`NO_COLOR` is respected). */
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
  // Not before: what it imports (the logger, for one) reads the environment.
  const { startPlatform } = await import('./platform/platform.ts');
  if (format === 'pretty') await writePrettily();
  return startPlatform({ env, log: (line, level = 'INFO') => print(line, { level }), onLost: giveUp });
};

/** Links for people: nobody calls an address that stands for all of them. */
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
      () => process.exit(1), // a start that failed has said so itself
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
    print('Stopping … (once more to stop at once)');
    stop(0);
  });
}

try {
  introduce(await started);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
