import { describe, expect, it } from 'vitest';
import { type Finding, type HostFacts, judgeHost, readHost } from './host-checks.ts';

const GiB = 2 ** 30;
const kernel = new Map(
  ['OVERLAY_FS', 'NF_TABLES', 'NFT_CT', 'NFT_NAT', 'NFT_MASQ', 'NFT_NUMGEN', 'BRIDGE', 'VETH'].map(
    (name) => [`CONFIG_${name}`, 'm'] as const,
  ),
);
const fit: HostFacts = {
  memoryAvailable: 6 * GiB,
  memoryTotal: 8 * GiB,
  now: new Date('2027-01-01T00:00:00Z'),
  cpus: 2,
  diskFree: 20 * GiB,
  engineRoot: '/var/lib/docker',
  cgroupVersion: 2,
  inotifyInstances: 8192,
  inotifyWatches: 1_048_576,
  kernel,
};

function finding(id: string, difference: Partial<HostFacts>, mustBuild = true): Finding {
  const found = judgeHost({ ...fit, ...difference }, mustBuild).find((f) => f.id === id);
  if (found === undefined) throw new Error(`no finding ${id}`);
  return found;
}

describe('judgeHost', () => {
  it('accepts a machine that is fit', () => {
    expect(judgeHost(fit, true).map(({ state }) => state)).toEqual(Array(8).fill('ok'));
  });

  it('requires disk for building only if something must be built', () => {
    const difference = { diskFree: 5 * GiB };
    expect(finding('disk', difference).state).toBe('problem');
    expect(finding('disk', difference).detail).toContain('5.0 GiB are free in /var/lib/docker');
    expect(finding('disk', difference, false).state).toBe('ok');
    expect(finding('disk', { diskFree: 2 * GiB }, false).state).toBe('problem');
  });

  it('warns of little memory and rejects too little', () => {
    expect(finding('memory', { memoryAvailable: 2 * GiB }).state).toBe('warning');
    expect(finding('memory', { memoryAvailable: GiB }).state).toBe('problem');
  });

  it('counts the sandboxes that inotify allows, and names the command to allow more', () => {
    const low = finding('inotify', { inotifyInstances: 128 });
    expect(low).toMatchObject({ state: 'warning' });
    expect(low.detail).toContain('enough for 2 sandboxes at once');
    expect(low.fix).toContain('fs.inotify.max_user_instances=8192');
    expect(finding('inotify', { inotifyInstances: 32 }).state).toBe('problem');
  });

  it('names missing kernel options', () => {
    const without = new Map(kernel);
    without.delete('CONFIG_NF_TABLES');
    const found = finding('kernel', { kernel: without });
    expect(found.state).toBe('problem');
    expect(found.detail).toMatch(/is missing nf_tables\.$/);
  });

  it('says how many sessions fit, and what limits them', () => {
    expect(finding('capacity', {}).detail).toBe('10, limited by 8.0 GiB of memory.');
    expect(finding('capacity', { inotifyInstances: 128 }).detail).toBe('2, limited by inotify.');
  });

  it('notices a clock that is certainly wrong', () => {
    const found = finding('clock', { now: new Date('2021-01-01T00:00:00Z') });
    expect(found.state).toBe('problem');
    expect(found.detail).toMatch(
      /^The clock says 2021-01-01T00:00Z\. This version was written later/,
    );
  });

  it('reports what it cannot read as unknown, not as ok', () => {
    const blind = {
      memoryAvailable: undefined,
      diskFree: undefined,
      inotifyWatches: undefined,
      kernel: undefined,
    };
    for (const id of ['memory', 'disk', 'inotify', 'kernel']) {
      expect(finding(id, blind).state).toBe('unknown');
    }
  });
});

describe('readHost', () => {
  it('knows no free disk where there is no folder', () => {
    expect(readHost({ rootDir: '/no/such/folder', cgroupVersion: 1 })).toMatchObject({
      diskFree: undefined,
      cgroupVersion: 1,
    });
  });
});
