import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));
const ENVIRONMENT = fileURLToPath(new URL('./quiet-environment.mjs', import.meta.url));

const CASES = `
const log = (message) => void process.stdout.write(JSON.stringify({ level: 'INFO', message }) + '\\n');
test('that passes', () => log('of one that passes'));
test('that fails', () => {
  log('of one that fails');
  process.stdout.write('no log line\\n');
  expect(1).toBe(2);
});
test('that passes after it', () => log('of one that passes after it'));
`;

test('log lines of a test are shown where it fails, and nowhere else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quiet-'));
  writeFileSync(join(folder, 'cases.test.js'), CASES);
  writeFileSync(join(folder, 'package.json'), '{}');

  const { stdout, stderr } = spawnSync(
    process.execPath,
    [JEST, '--rootDir', folder, '--testEnvironment', ENVIRONMENT],
    {
      encoding: 'utf8',
      cwd: folder,
    },
  );
  rmSync(folder, { recursive: true });

  const output = `${stdout}${stderr}`;
  expect(output).toMatch(/Log lines of "that fails":\n\{"level":"INFO","message":"of one that fails"\}/);
  expect(output.match(/"level":"INFO"/g)).toHaveLength(1);
  expect(output).toContain('no log line');
  expect(output).toMatch(/1 failed, 2 passed/);
}, 60_000);
