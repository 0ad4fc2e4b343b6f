/** Values by metric; one without a value is left out, which is not zero. */
export type MetricValues = Readonly<Record<string, number>>;

export interface MetricAnswers {
  values: MetricValues;
  /** Refused by name: each was asked for alone, or was what remained of a refused set. */
  refused: readonly string[];
  /** The refusal, where there was one. */
  error: unknown;
}

/**
 * Asks for metrics in one call. One that Instagram refuses fails the whole call without being named reliably, so it is
 * then found by halving: at most 1 + 2·log2(n) calls for one bad metric among n, all others' values included. A refusal
 * of more than half of them is not about metrics.
 * @throws what `ask` threw, when it was no refusal (`isRefusal`), or was one of more than half.
 */
export const askMetrics = async (
  metrics: readonly string[],
  ask: (metrics: readonly string[]) => Promise<MetricValues>,
  isRefusal: (error: unknown) => boolean,
  /** `anyNumber`: refusals of more than half are about metrics, too. */
  { anyNumber = false }: { anyNumber?: boolean } = {},
): Promise<MetricAnswers> => {
  const values: Record<string, number> = {};
  const refused: string[] = [];
  let first: unknown = null;

  /** Asks for a set; null when it was answered, else the refusal. */
  const refusalOf = async (set: readonly string[]): Promise<{ error: unknown } | null> => {
    try {
      Object.assign(values, await ask(set));
      return null;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { error };
    }
  };
  const mark = (metric: string) => {
    refused.push(metric);
    if (!anyNumber && metrics.length > 1 && refused.length * 2 > metrics.length) throw first;
  };
  /** Finds what is bad in a set that was refused. */
  const halve = async (set: readonly string[]): Promise<void> => {
    const [only, ...others] = set;
    if (only === undefined) return;
    if (others.length === 0) return mark(only);
    const middle = Math.floor(set.length / 2);
    const [left, right] = [set.slice(0, middle), set.slice(middle)];
    // A good left half leaves the bad one in the right half: that need not be asked for as a whole again.
    if ((await refusalOf(left)) === null) return await halve(right);
    await halve(left);
    if ((await refusalOf(right)) !== null) await halve(right);
  };

  if (metrics.length === 0) return { values, refused, error: null };
  const refusal = await refusalOf(metrics);
  if (refusal === null) return { values, refused, error: null };
  first = refusal.error;
  await halve(metrics);
  return { values, refused, error: first };
};
