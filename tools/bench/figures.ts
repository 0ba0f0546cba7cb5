/** The columns of the table that compare. */
export type Baseline = 'kind' | 'kubeadm';

/** One row of the table that a benchmark prints. */
export interface Figure {
  what: string;
  /** Samples in `unit`, in the order they were taken. A figure without samples gets no row. */
  samples: readonly number[];
  unit: 'ms' | 's' | 'MB/s' | 'MB' | 'MiB' | 'KiB' | '% of a core' | '';
  /** Which quantiles to print; by default the median only. */
  show?: readonly (number | 'mean')[];
  /** Samples of the same run and unit; the table shows how many times longer their median is. */
  against?: Readonly<Partial<Record<Baseline, readonly number[]>>>;
}

/** The smallest sample that at least `q` of all samples do not exceed. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('no samples');
  return value;
}

const HEAD = [
  '| what | measured | spread | samples | × kind CLI | × kubeadm flow |',
  '|---|---|---|---|---|---|',
];

/**
 * Formats figures as a Markdown table. The last columns say how many times longer the kind CLI and
 * the kubeadm flow took.
 */
export function toTable(figures: readonly Figure[]): string {
  return [...HEAD, ...figures.filter(({ samples }) => samples.length > 0).map(toRow)].join('\n');
}

function toRow({ what, samples, unit, show = [0.5], against = {} }: Figure): string {
  const shown = show.map((which) =>
    which === 'mean' ? `mean ${format(mean(samples))}` : formatQuantile(which, samples),
  );
  const spread = `${format(Math.min(...samples))} – ${format(Math.max(...samples))}`;
  const measured = samples.length === 1 ? format(samples[0]!) : shown.join(' · ');
  const cells = [
    what,
    `${measured} ${unit}`.trim(),
    samples.length === 1 ? '' : spread,
    String(samples.length),
    ratio(against.kind, samples),
    ratio(against.kubeadm, samples),
  ];
  return `| ${cells.join(' | ')} |`;
}

function formatQuantile(q: number, samples: readonly number[]): string {
  return `${q === 0.5 ? 'median' : `p${q * 100}`} ${format(quantile(samples, q))}`;
}

function ratio(others: readonly number[] | undefined, samples: readonly number[]): string {
  if (others === undefined || others.length === 0) return '';
  return (quantile(others, 0.5) / quantile(samples, 0.5)).toFixed(1);
}

function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

/** Three significant digits: more would pretend precision. */
function format(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) < 0.05 ? value.toFixed(2) : value.toPrecision(Math.abs(value) < 1 ? 2 : 3);
}
