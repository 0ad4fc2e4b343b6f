/** `npm run simulator`: a simulated Instagram on a port of its own. */
import { parseEnv, readEnvironment, simulatorEnv } from '../../lib/config.ts';
import type { Simulator } from './create-simulator.ts';

const start = async (): Promise<Simulator> => {
  const env = parseEnv(simulatorEnv, readEnvironment('.env'));
  const { createSimulator } = await import('./create-simulator.ts'); // its logger refuses a wrong LOG_LEVEL on import
  return createSimulator({
    host: env.INSTAGRAM_SIMULATOR_HOST,
    port: env.INSTAGRAM_SIMULATOR_PORT,
    seed: env.INSTAGRAM_SIMULATOR_SEED,
    latencyMs: env.INSTAGRAM_SIMULATOR_LATENCY_MS,
    allowedHosts: env.INSTAGRAM_SIMULATOR_ALLOWED_HOSTS,
    ...(env.INSTAGRAM_SIMULATOR_MEDIA !== undefined && { media: env.INSTAGRAM_SIMULATOR_MEDIA }),
    ...(env.INSTAGRAM_SIMULATOR_CDN_URL !== undefined && { cdnUrls: [env.INSTAGRAM_SIMULATOR_CDN_URL] }),
  });
};

/** What went wrong in one line. */
const explain = (error: unknown): string => {
  const { code, address, port, message } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `${address}:${port} is taken; set INSTAGRAM_SIMULATOR_PORT to another port`;
  if (code === 'EACCES')
    return `${address}:${port} may not be opened; set INSTAGRAM_SIMULATOR_PORT to a port above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'INSTAGRAM_SIMULATOR_HOST is no address of this machine';
  return message;
};

try {
  const simulator = await start();
  const { url, graphUrls, tokens, world } = simulator;
  const account = world.account();
  process.stdout.write(`Simulated Instagram at ${url} (open it to look around; Ctrl-C stops it)

  account   @${account.username}, id ${account.id}, ${world.mediaCount(account.id)} media
  Instagram Login   INSTAGRAM_GRAPH_URL=${graphUrls.instagram}  token ${tokens.instagram}
  Facebook Login    FACEBOOK_GRAPH_URL=${graphUrls.facebook}  token ${tokens.facebook}

  curl -H 'Authorization: Bearer ${tokens.instagram}' '${graphUrls.instagram}/v25.0/me/media?fields=id,caption,media_url&limit=2'
  curl -X POST ${url}/_simulator/scenarios -d '{"kind": "throttle", "minutes": 1, "times": 1}'
  curl ${url}/_simulator/calls
`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void simulator.close();
    });
  }
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
