import { describe, expect, it } from 'vitest';
import { quantile, toTable } from './figures.ts';

describe('the table of a benchmark', () => {
  it('shows quantiles, spread and how much faster it is', () => {
    const table = toTable([
      { what: 'kind', samples: [20, 25, 22], unit: 's' },
      {
        what: 'template',
        samples: [5, 4, 6],
        unit: 's',
        quantiles: [0.5, 0.95],
        comparedWith: { kind: [20, 25, 22] },
      },
    ]);
    expect(table.split('\n').slice(2)).toEqual([
      '| kind | p50 22.0 s | 20.0 – 25.0 | 3 |  |',
      '| template | p50 5.00 · p95 6.00 s | 4.00 – 6.00 | 3 | 4.4 × kind |',
    ]);
  });

  it('takes a sample for a quantile, never something between', () => {
    const samples = [4, 1, 3, 2];
    expect([0.25, 0.5, 0.95, 1].map((q) => quantile(samples, q))).toEqual([1, 2, 4, 4]);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
