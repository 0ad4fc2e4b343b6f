/** Values by metric. A metric without a value is left out: no value is not zero. */
export type MetricValues = Readonly<Record<string, number>>;

export interface MetricAnswers {
  values: MetricValues;
  /** The refused metrics: each was asked for alone, or was the only one left of a refused set. */
  refused: readonly string[];
  /** The first refusal; null: there was none. */
  error: unknown;
}

/**
 * Asks for metrics in one call. One refused metric fails the whole call, and Instagram does not name it reliably. So it is
 * found by halving: one refused metric among n costs at most 1 + 2·log2(n) calls, which also bring all other values. If more
 * than half of the metrics are refused, the refusal is not about metrics.
 * @throws what `ask` threw, if it was no refusal (`isRefusal`), or more than half were refused.
 */
export const askMetrics = async (
  metrics: readonly string[],
  ask: (metrics: readonly string[]) => Promise<MetricValues>,
  isRefusal: (error: unknown) => boolean,
  /** `anyNumber`: also a refusal of more than half is about metrics. */
  { anyNumber = false }: { anyNumber?: boolean } = {},
): Promise<MetricAnswers> => {
  const values: Record<string, number> = {};
  const refused: string[] = [];
  let first: unknown = null;

  /** Asks for a set. Gives the refusal; null: it was answered. */
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
  /** Finds the refused metrics in a refused set. */
  const halve = async (set: readonly string[]): Promise<void> => {
    const [only, ...others] = set;
    if (only === undefined) return;
    if (others.length === 0) return mark(only);
    const middle = Math.floor(set.length / 2);
    const [left, right] = [set.slice(0, middle), set.slice(middle)];
    // If the left half is answered, the right half has the refused one: it need not be asked for as a whole.
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
