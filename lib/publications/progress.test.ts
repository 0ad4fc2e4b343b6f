import { describe, expect, test } from '@jest/globals';
import { isReady, nextStep, statusReadDelaySeconds } from './progress.ts';
import type { Container, PublicationFile, PublicationRow } from './schema.ts';

const FILE: PublicationFile = { media: 'image', url: 'https://files.example.com/a.jpg', upload_key: null };
const container = (part: number | null, fields: Partial<Container> = {}): Container => ({
  id: 1 + (part ?? 100),
  part,
  instagram_id: `178${part ?? 100}`,
  status_code: 'FINISHED',
  error: null,
  status_reads: 1,
  age_ms: 1_000,
  ...fields,
});
const step = (kind: PublicationRow['kind'], containers: Container[]) =>
  nextStep({ kind, request: { files: kind === 'carousel' ? [FILE, FILE] : [FILE] }, containers });

describe('what comes next', () => {
  test('the container of one file is made, its status is read, and it is published', () => {
    expect(step('image', [])).toEqual({ do: 'make', part: null, instead: null });
    const young = container(null, { status_code: null });
    expect(step('image', [young])).toEqual({ do: 'read_status', containers: [young] });
    const busy = container(null, { status_code: 'IN_PROGRESS' });
    expect(step('image', [busy])).toEqual({ do: 'read_status', containers: [busy] });
    expect(step('image', [container(null)])).toEqual({ do: 'publish' });
  });

  test('a container that was lost while it was made is made anew', () => {
    const lost = container(null, { instagram_id: null, status_code: null });
    expect(step('image', [lost])).toEqual({ do: 'make', part: null, instead: lost });
  });

  test('a carousel makes all parts, waits for them, then makes its own container', () => {
    const [first, second] = [container(0), container(1, { status_code: 'IN_PROGRESS' })];
    expect(step('carousel', [first])).toEqual({ do: 'make', part: 1, instead: null });
    expect(step('carousel', [first, second])).toEqual({ do: 'read_status', containers: [second] });
    expect(step('carousel', [first, container(1)])).toEqual({ do: 'make', part: null, instead: null });
    const own = container(null, { status_code: null });
    expect(step('carousel', [first, container(1), own])).toEqual({ do: 'read_status', containers: [own] });
    expect(step('carousel', [first, container(1), container(null)])).toEqual({ do: 'publish' });
  });

  test.each<[Container['status_code'], number, boolean]>([
    ['FINISHED', 0, true],
    ['PUBLISHED', 0, true], // by an earlier attempt
    ['IN_PROGRESS', 90_000, false],
    ['UNREADABLE', 59_000, false],
    ['UNREADABLE', 60_000, true], // writes work while single objects cannot be read
    ['UNKNOWN', 90_000, false],
    [null, 90_000, false],
  ])('a container with status %s after %d ms is ready: %s', (status_code, age_ms, ready) => {
    expect(isReady(container(null, { status_code, age_ms }))).toBe(ready);
  });

  test('the status is read ever more rarely, once a minute in the end', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1_000].map(statusReadDelaySeconds)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });
});
