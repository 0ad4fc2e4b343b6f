/** A disk that is full: at the start, and while the service runs. Only where root may mount a small one. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { captureLogs } from '../../lib/testing/logs.ts';
import { startPlatform } from './platform.ts';

jest.setTimeout(120_000);

const mount = (folder: string, megabytes: number): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]).status === 0;
const unmount = (folder: string): void => void spawnSync('umount', [folder]);

const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  const mounted = mount(folder, 1);
  if (mounted) unmount(folder);
  rmSync(folder, { recursive: true });
  return mounted;
})();
const testOnSmallDisk = canMount ? test : test.skip;

const ROOM_LEFT_BYTES = 64 * 1024;

let disk: string;
beforeEach(() => {
  captureLogs();
  disk = mkdtempSync(join(tmpdir(), 'disk-'));
});
afterEach(() => {
  unmount(disk);
  rmSync(disk, { recursive: true });
});
const start = () => {
  chmodSync(disk, 0o711); // so that PostgreSQL's own user reaches the data
  const env = { DATA_DIR: join(disk, 'state'), PORT: '0', INSTAGRAM_SIMULATOR_PORT: '0', LOG_LEVEL: 'error' };
  return startPlatform({ env, log: () => undefined });
};

testOnSmallDisk(
  'a disk without room for a database is one line that names the folder; no half of one is left',
  async () => {
    mount(disk, 8);

    await expect(start()).rejects.toThrow(
      `DATA_DIR: the disk of ${join(disk, 'state', 'simulated')} is full; free some space, or set another`,
    );
    const left = readdirSync(disk, { recursive: true }).map(String);
    expect(left.filter((path) => /cluster|uploads/.test(path))).toEqual([]);
  },
);

testOnSmallDisk('a disk that fills up is said by /health, which is well again when there is room', async () => {
  mount(disk, 200);
  const platform = await start();
  const health = async () => {
    const response = await fetch(`${platform.url}/api/v1/health`);
    return { status: response.status, body: (await response.json()) as { detail?: string } };
  };
  expect(await health()).toMatchObject({ status: 200 });

  try {
    const { bavail, bsize } = statfsSync(disk);
    const filler = join(disk, 'filler');
    // Some room stays, less than a health check writes: at 0 bytes a checkpoint that falls due now ends PostgreSQL.
    writeFileSync(filler, Buffer.alloc(bavail * bsize - ROOM_LEFT_BYTES));
    const full = await health();
    rmSync(filler);

    expect(full).toMatchObject({ status: 503, body: { detail: 'The disk of the database is full' } });
    expect(await health()).toMatchObject({ status: 200 });
  } finally {
    await platform.stop(); // or its disk cannot be unmounted
  }
});
