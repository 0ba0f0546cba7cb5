/** One line of the table that a benchmark prints. */
export interface Figure {
  what: string;
  /** Samples in `unit`, in the order they were taken. */
  samples: readonly number[];
  unit: 'ms' | 's' | 'MB/s' | 'MiB' | '% of a core' | '';
  /** Which quantiles tell the story; by default the median alone. */
  quantiles?: readonly number[];
  /** By what its median is divided into others' for the last column: `kind` and `kubeadm` measured the same in the same run. */
  comparedWith?: Readonly<Record<string, readonly number[]>>;
}

/** The smallest sample that at least `q` of all samples do not exceed. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('no samples');
  return value;
}

/** A Markdown table of figures, with their spread. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, samples, unit, quantiles = [0.5], comparedWith = {} }) => {
    const shown = quantiles.map((q) => `p${q * 100} ${format(quantile(samples, q))}`).join(' · ');
    const spread = `${format(Math.min(...samples))} – ${format(Math.max(...samples))}`;
    const faster = Object.entries(comparedWith).map(([name, others]) => {
      return `${(quantile(others, 0.5) / quantile(samples, 0.5)).toFixed(1)} × ${name}`;
    });
    return `| ${what} | ${shown} ${unit} | ${spread} | ${samples.length} | ${faster.join(' · ')} |`;
  });
  const head = ['| what | measured | spread | samples | faster than |', '|---|---|---|---|---|'];
  return [...head, ...rows].join('\n');
}

function format(value: number): string {
  if (value === 0) return '0';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
