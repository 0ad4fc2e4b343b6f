import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Answered, Asked } from './synthesis-child.ts';

const CHILD = fileURLToPath(new URL('synthesis-child.ts', import.meta.url));

/** A process that synthesizes; it is started for the first question. */
const startChild = (): { ask: (of: Asked['of']) => Promise<Answered>; child: ChildProcess } => {
  const child = fork(CHILD, [], { execArgv: [] });
  const waiting = new Map<number, (answered: Answered) => void>();
  child.on('message', (answered: Answered) => {
    waiting.get(answered.id)?.(answered);
    waiting.delete(answered.id);
  });
  child.on('exit', (code) => {
    for (const [id, tell] of waiting) tell({ id, error: `synthesis ended with status ${code}` });
    waiting.clear();
  });
  let asked = 0;
  const ask = (of: Asked['of']) => {
    asked += 1;
    const { promise, resolve } = Promise.withResolvers<Answered>();
    waiting.set(asked, resolve);
    child.send({ id: asked, of } satisfies Asked);
    return promise;
  };
  return { ask, child };
};

/**
 * Synthesizes for all test files of a jest run. Each would load the CDK anew, which takes longer than to synthesize; and most
 * ask for the same stages.
 */
export const startSynthesisServer = async (): Promise<{ url: string; stop: () => Promise<void> }> => {
  let started: ReturnType<typeof startChild> | undefined;
  const answers = new Map<string, Promise<Answered>>();
  const answerTo = (question: string): Promise<Answered> => {
    started ??= startChild();
    const answer = answers.get(question) ?? started.ask(JSON.parse(question));
    answers.set(question, answer);
    return answer;
  };
  const server = createServer(async (request, response) => {
    const answered = await answerTo(await text(request));
    if ('json' in answered) response.writeHead(200, { 'content-type': 'application/json' }).end(answered.json);
    else response.writeHead(422).end(answered.error);
  });
  server.listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      if (started === undefined || started.child.exitCode !== null) return;
      started.child.kill();
      await once(started.child, 'exit');
    },
  };
};
