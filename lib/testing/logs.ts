import { jest } from '@jest/globals';

/** Keeps log lines out of the terminal until the test ends, and gives those written since: parsed, in order. */
export const captureLogs = (): (() => Record<string, unknown>[]) => {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk));
      return true;
    });
  }
  return () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};
