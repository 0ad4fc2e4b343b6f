import fc from 'fast-check';

/** The times of sends, as the service has them. */
export const TIMES = { sendMs: 10_000, settleMs: 5_000, spacingMs: 3_000 };
/** So long after its socket was closed an effect may come: shortly before it must show. */
export const LATEST_EFFECT_MS = 0.9 * TIMES.settleMs;

/** A send whose caller hears nothing, and whose effect comes late. The latest is what is most easily missed. */
export const anyLate: fc.Arbitrary<{ late: number }> = fc.record({
  late: fc.oneof(
    fc.integer({ min: 1, max: TIMES.sendMs + LATEST_EFFECT_MS }),
    fc.constant(TIMES.sendMs + LATEST_EFFECT_MS),
  ),
});
