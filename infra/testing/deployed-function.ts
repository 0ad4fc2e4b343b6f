import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';

const RUNNER = fileURLToPath(new URL('./run-bundle.mjs', import.meta.url));

/** What a function answered, or how it failed, and what it wrote. */
export interface Invocation {
  result?: unknown;
  error?: string;
  output: string;
}

/**
 * Calls a bundled function in a process of its own, with nothing in its environment but `environment` and nothing near it
 * but its bundle.
 */
export const invokeBundle = async (
  folder: string,
  environment: Readonly<Record<string, string>>,
  event: unknown,
  timeoutMs = 29_000,
): Promise<Invocation> => {
  const child = fork(RUNNER, [pathToFileURL(`${folder}/index.mjs`).href], {
    cwd: folder,
    env: environment,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = once(child, 'exit');
  try {
    child.send({ event, timeoutMs });
    const answered = once(child, 'message') as Promise<[Omit<Invocation, 'output'>]>;
    const ended = exited.then(([code]): [Omit<Invocation, 'output'>] => [{ error: `ended with status ${code}` }]);
    const [answer] = await Promise.race([answered, ended]);
    return { ...answer, output };
  } finally {
    child.kill();
    await exited;
  }
};
