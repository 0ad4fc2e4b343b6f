import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../local/platform/free-port.ts';

/** A simulated Instagram in a process of its own, so that its work is not counted as ours. */
export interface BenchSimulator {
  graphUrl: string;
  token: string;
  userId: string;
  setLatency: (ms: number) => Promise<void>;
  stop: () => Promise<void>;
}

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
