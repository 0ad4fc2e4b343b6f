import fc from 'fast-check';

/**
 * Plays any runs, `atOnce` of them side by side, as they mostly wait, in so many batches; it fails with the first run
 * whose report has faults, and the run.
 */
export const playRuns = <Run, Report>({
  anyRun,
  play,
  faultsOf,
  atOnce,
  batches,
}: {
  anyRun: fc.Arbitrary<Run>;
  play: (run: Run) => Promise<Report>;
  faultsOf: (report: Report) => string[];
  atOnce: number;
  batches: number;
}) =>
  fc.check(
    fc.asyncProperty(fc.array(anyRun, { minLength: atOnce, maxLength: atOnce }), async (runs) => {
      const ended = await Promise.all(runs.map(async (run) => ({ run, report: await play(run) })));
      const [wrong] = ended.filter(({ report }) => faultsOf(report).length > 0);
      if (wrong) throw new Error(`${faultsOf(wrong.report).join(', ')}: ${JSON.stringify(wrong, null, 2)}`);
    }),
    { numRuns: batches, endOnFailure: true }, // a smaller run would be another race
  );
