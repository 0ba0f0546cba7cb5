import { describe, expect, it } from 'vitest';
import { LabError } from '../../../errors.ts';
import { type Machine, planEngine } from './install-engine.ts';

const machine: Machine = {
  isRoot: true,
  user: 'ann',
  arch: 'x64',
  isDebianOrUbuntu: true,
  hasDaemon: false,
  hasSystemd: true,
};

function refusal(difference: Partial<Machine>, isAllowed = true): LabError {
  try {
    planEngine({ ...machine, ...difference }, isAllowed);
  } catch (error) {
    if (error instanceof LabError) return error;
  }
  throw new Error('it was not rejected');
}

describe('planEngine', () => {
  it('installs as root on Debian and Ubuntu, and says how to decline', () => {
    const plan = planEngine(machine, true);
    expect(plan).toMatchObject({ install: true, start: 'systemd' });
    expect(plan.announcement).toContain('KINDLAB_INSTALL_ENGINE=no');
  });

  it('starts the daemon itself without systemd', () => {
    expect(planEngine({ ...machine, hasSystemd: false }, true).start).toBe('daemon');
  });

  it('only starts an engine that is installed, on any distribution', () => {
    const plan = planEngine({ ...machine, hasDaemon: true, isDebianOrUbuntu: false }, true);
    expect(plan.install).toBe(false);
  });

  it('names the one command for an administrator', () => {
    const { code, hint } = refusal({ isRoot: false });
    expect(code).toBe('LAB_ENGINE_MISSING');
    expect(hint).toContain('apt-get install -y docker.io && usermod -aG docker ann');
    const stopped = refusal({ isRoot: false, hasDaemon: true });
    expect(stopped.code).toBe('LAB_ENGINE_UNREACHABLE');
    expect(stopped.hint).toContain('systemctl start docker');
  });

  it('changes nothing if that is forbidden', () => {
    expect(refusal({}, false).hint).toContain('apt-get install -y docker.io');
    expect(refusal({ hasDaemon: true }, false).hint).toContain('systemctl start docker');
  });

  it('installs nothing on machines that cannot build the images', () => {
    expect(refusal({ arch: 'arm64' })).toMatchObject({ code: 'LAB_ENGINE_UNSUPPORTED' });
    expect(refusal({ isDebianOrUbuntu: false })).toMatchObject({ code: 'LAB_ENGINE_MISSING' });
  });
});
