/** A line of the benchmark's table: a figure, and the bar it must keep to, if it has one. */
export interface Figure {
  name: string;
  value: number;
  unit: 'ratio' | 'ms' | 's' | '%' | 'KB' | 'MB' | '1/s';
  /** At most (`max`) or at least (`min`) this much. Absent: reported, not judged. */
  bar?: { max: number } | { min: number };
  /** The bar is a time on a machine that does nothing else: on a busy machine it is shown but not judged. */
  needsQuiet?: true;
}

const DIGITS: Record<Figure['unit'], number> = { ratio: 2, ms: 1, s: 2, '%': 1, KB: 0, MB: 1, '1/s': 0 };

const holds = ({ value, bar }: Figure): boolean =>
  bar === undefined || ('max' in bar ? value <= bar.max : value >= bar.min);

const show = (value: number, unit: Figure['unit']) =>
  `${value.toFixed(DIGITS[unit])}${unit === 'ratio' ? ' ×' : ` ${unit}`}`;

/** Prints the figures of one section as a table; `quiet` says whether the machine had nothing else to do. */
export const printSection = (title: string, figures: readonly Figure[], quiet: boolean): void => {
  console.log(`\n${title}`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const figure of figures) {
    const { name, value, unit, bar } = figure;
    const wanted = bar === undefined ? '' : 'max' in bar ? `≤ ${show(bar.max, unit)}` : `≥ ${show(bar.min, unit)}`;
    console.log(
      `  ${name.padEnd(width)}  ${show(value, unit).padStart(12)}  ${wanted.padStart(12)}  ${verdict(figure, quiet)}`.trimEnd(),
    );
  }
};

const verdict = (figure: Figure, quiet: boolean): string => {
  if (figure.bar === undefined) return '';
  if (holds(figure)) return 'ok';
  return figure.needsQuiet && !quiet ? 'busy machine' : 'MISSED';
};

/** The figures that miss their bar. */
export const missed = (figures: readonly Figure[], quiet: boolean): readonly Figure[] =>
  figures.filter((figure) => verdict(figure, quiet) === 'MISSED');

/** The smallest value: on a shared machine, noise only makes a time longer. */
export const fastest = (values: readonly number[]): number => {
  if (values.length === 0) throw new RangeError('no values');
  return Math.min(...values);
};

/** The middle value. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('no values');
  return middle;
};

/** The value below which `share` (0..1) of the values lie. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new RangeError('no values');
  return value;
};
