import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A simulated Instagram in a process of its own, so that its work is not counted as ours. */
export interface BenchSimulator {
  graphUrl: string;
  token: string;
  userId: string;
  setLatency: (ms: number) => Promise<void>;
  stop: () => Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
};

/** Starts one with `media` generated media. */
export const startBenchSimulator = async (media: number): Promise<BenchSimulator> => {
  const port = await freePort();
  const child = spawn(process.execPath, ['local/simulator/main.ts'], {
    env: { INSTAGRAM_SIMULATOR_PORT: String(port), INSTAGRAM_SIMULATOR_MEDIA: String(media) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
    if (printed.includes('/_simulator/calls')) break;
  }
  const url = `http://127.0.0.1:${port}`;
  const [, userId = ''] = /id (\d+)/.exec(printed) ?? [];
  const [, token = ''] = /Instagram Login.*token (\S+)/.exec(printed) ?? [];
  const [, graphUrl = ''] = /INSTAGRAM_GRAPH_URL=(\S+)/.exec(printed) ?? [];
  return {
    graphUrl,
    token,
    userId,
    setLatency: async (ms) => {
      const response = await fetch(`${url}/_simulator/latency`, { method: 'PUT', body: JSON.stringify({ ms }) });
      if (!response.ok) throw new Error(`the simulator refuses a latency: ${await response.text()}`);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};
