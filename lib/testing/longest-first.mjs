// Jest's order of test files, with one difference: those that take longest begin first, also on a fresh clone, where jest knows
// no durations and goes by size. One of them begun last would be waited for alone.
import Sequencer from '@jest/test-sequencer';

/** What takes longer than 15 seconds when it runs alone; the longest first. */
const LONGEST = [
  'functions/publication-cuts.integration.test.ts',
  'lib/publications/exactly-once.integration.test.ts',
  'functions/sync-faults.integration.test.ts',
  'lib/testing/chaos/chaos.integration.test.ts',
  'functions/create-publication.integration.test.ts',
  'local/platform/postgres.integration.test.ts',
  'functions/create-comment.integration.test.ts',
  'infra/bundles.integration.test.ts',
  'local/start.integration.test.ts',
  'local/crash.integration.test.ts',
  'lib/comments/exactly-once.integration.test.ts',
  'local/comment-crash.integration.test.ts',
  'functions/hostile-files.integration.test.ts',
  'lib/testing/virtual-time.integration.test.ts',
  'functions/sync-comments.integration.test.ts',
];

const placeOf = ({ path }) => {
  const place = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
  return place < 0 ? LONGEST.length : place;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
