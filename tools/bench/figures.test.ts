import { describe, expect, it } from 'vitest';
import { type Figure, quantile, toTable } from './figures.ts';

const rows = (...figures: Figure[]): string[] => toTable(figures).split('\n').slice(2);

describe('the table of a benchmark', () => {
  it('shows quantiles, spread, sample count and the ratios to both baselines', () => {
    const kind = [20, 25, 22];
    const template: Figure = {
      what: 'template boot',
      samples: [5, 4, 6],
      unit: 's',
      show: [0.5, 0.95],
      against: { kind, kubeadm: [10, 12.25, 11] },
    };
    expect(rows(template, { what: 'kind', samples: kind, unit: 's' })).toEqual([
      '| template boot | median 5 · p95 6 s | 4 – 6 | 3 | 4.4 | 2.2 |',
      '| kind | median 22 s | 20 – 25 | 3 |  |  |',
    ]);
  });

  it('shows a mean on request, with at most three significant digits', () => {
    const samples = [431.26, 440.1, 452.9];
    expect(rows({ what: 'memory', samples, unit: 'MiB', show: ['mean'] })).toEqual([
      '| memory | mean 441 MiB | 431 – 453 | 3 |  |  |',
    ]);
    const small = [0.123, 1.234, 12.345];
    expect(rows({ what: 'echo', samples: small, unit: 'ms' })).toEqual([
      '| echo | median 1.23 ms | 0.12 – 12.3 | 3 |  |  |',
    ]);
  });

  it('prints a single sample without a quantile', () => {
    expect(rows({ what: 'sessions', samples: [36], unit: '' })).toEqual([
      '| sessions | 36 |  | 1 |  |  |',
    ]);
  });

  it('omits figures and ratios without samples', () => {
    const figure: Figure = { what: 'thaw', samples: [300, 200], unit: 'ms', against: { kind: [] } };
    expect(rows({ what: 'kind', samples: [], unit: 's' }, figure)).toEqual([
      '| thaw | median 200 ms | 200 – 300 | 2 |  |  |',
    ]);
  });

  it('returns one of the samples as a quantile, without interpolating', () => {
    const samples = [4, 1, 3, 2];
    expect([0.25, 0.5, 0.95, 1].map((q) => quantile(samples, q))).toEqual([1, 2, 4, 4]);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
