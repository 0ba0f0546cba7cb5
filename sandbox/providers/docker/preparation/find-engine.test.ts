import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EngineInfo } from '../engine/engine.ts';
import { LabError } from '../../../errors.ts';
import { absentProblem, engineAddress, engineProblem, findEngine } from './find-engine.ts';

const usable: EngineInfo = {
  name: 'host',
  product: ', Engine, containerd',
  version: '28.5.1',
  apiVersion: '1.51',
  operatingSystem: 'Debian GNU/Linux 13 (trixie)',
  architecture: 'x86_64',
  storageDriver: 'overlay2',
  cgroupVersion: 2,
  rootless: false,
  remapsUsers: false,
  memoryBytes: 8e9,
  cpus: 4,
  rootDir: '/var/lib/docker',
};

describe('engineAddress', () => {
  const nothing = (): undefined => undefined;

  it('prefers DOCKER_HOST', () => {
    expect(engineAddress({ DOCKER_HOST: 'tcp://127.0.0.1:2375' }, nothing)).toEqual({
      host: 'tcp://127.0.0.1:2375',
      chosenBy: 'DOCKER_HOST',
    });
  });

  it('uses the chosen context', () => {
    const id = createHash('sha256').update('mine').digest('hex');
    const files: Record<string, string> = {
      '/home/ann/.docker/config.json': '{"currentContext":"mine"}',
      [`/home/ann/.docker/contexts/meta/${id}/meta.json`]:
        '{"Endpoints":{"docker":{"Host":"unix:///run/mine.sock"}}}',
    };
    expect(engineAddress({ HOME: '/home/ann' }, (path) => files[path])).toEqual({
      host: 'unix:///run/mine.sock',
      chosenBy: 'docker context',
    });
  });

  it('is the default socket when nothing is chosen, or the choice cannot be read', () => {
    const expected = { host: 'unix:///var/run/docker.sock', chosenBy: 'default' };
    expect(engineAddress({ HOME: '/home/ann' }, nothing)).toEqual(expected);
    expect(engineAddress({ HOME: '/home/ann' }, () => 'not json')).toEqual(expected);
    expect(engineAddress({ DOCKER_CONTEXT: 'gone' }, nothing)).toEqual(expected);
  });
});

describe('engineProblem', () => {
  it('accepts a rootful Docker of 20.10 or later on amd64', () => {
    expect(engineProblem(usable, false)).toBeUndefined();
    expect(engineProblem({ ...usable, version: '20.10.24+dfsg1' }, false)).toBeUndefined();
    expect(engineProblem({ ...usable, storageDriver: 'overlayfs' }, false)).toBeUndefined();
  });

  it.each([
    [{ product: 'linux/amd64, Podman Engine' }, /Podman/],
    [{ rootless: true }, /rootless/],
    [{ remapsUsers: true }, /userns-remap/],
    [{ version: '20.9.3' }, /too old/],
    [{ version: '19.03.15' }, /too old/],
    [{ storageDriver: 'vfs' }, /storage driver "vfs"/],
    [{ product: 'Docker Desktop 4.50, Engine' }, /Docker Desktop/],
    [{ architecture: 'aarch64' }, /aarch64/],
  ])('says why %o cannot be used, and what to do', (difference, reason) => {
    const problem = engineProblem({ ...usable, ...difference }, false);
    expect(problem?.code).toBe('LAB_ENGINE_UNSUPPORTED');
    expect(problem?.message).toMatch(reason);
    expect(problem?.hint).not.toBe('');
  });

  it('accepts an engine that cannot build our images if ready ones are named', () => {
    expect(engineProblem({ ...usable, architecture: 'aarch64' }, true)).toBeUndefined();
    expect(engineProblem({ ...usable, rootless: true }, true)?.message).toMatch(/rootless/);
  });
});

describe('absentProblem', () => {
  it('names an engine of another kind that is installed', () => {
    const podman = '/run/user/7/podman/podman.sock';
    const problem = absentProblem(
      { HOME: '/h', XDG_RUNTIME_DIR: '/run/user/7' },
      (path) => path === podman,
    );
    expect(problem).toMatchObject({ code: 'LAB_ENGINE_UNSUPPORTED' });
    expect(problem.message).toContain(podman);
  });

  it('says that no engine is installed', () => {
    expect(absentProblem({ HOME: '/h' }, () => false).code).toBe('LAB_ENGINE_MISSING');
  });
});

describe('findEngine', () => {
  const failing = (code: string) => () => ({
    ping: async () =>
      Promise.reject(
        new LabError('LAB_ENGINE_UNREACHABLE', 'no answer', {
          cause: Object.assign(new Error(code), { code }),
        }),
      ),
    info: async () => Promise.resolve(usable),
  });
  const answering = (info: EngineInfo) => () => ({
    ping: async () => Promise.resolve(),
    info: async () => Promise.resolve(info),
  });
  const env = { HOME: '/nowhere', XDG_RUNTIME_DIR: '/nowhere' };
  const search = async (options: object) => findEngine({ hasReadyImages: false, env, ...options });

  it('finds an engine that answers and is usable', async () => {
    expect(await search({ connect: answering(usable) })).toMatchObject({ state: 'found' });
  });

  it('distinguishes an unusable engine from a missing one', async () => {
    expect(await search({ connect: answering({ ...usable, rootless: true }) })).toMatchObject({
      state: 'unusable',
    });
    expect(await search({ connect: failing('ENOENT') })).toMatchObject({ state: 'absent' });
    expect(await search({ connect: failing('ECONNREFUSED') })).toMatchObject({ state: 'absent' });
    expect(await search({ connect: failing('EACCES') })).toMatchObject({ state: 'unusable' });
  });

  it('never replaces an engine that was chosen', async () => {
    const chosen = { DOCKER_HOST: 'unix:///tmp/mine.sock' };
    const found = await search({ env: chosen, connect: failing('ENOENT') });
    expect(found).toMatchObject({
      state: 'unusable',
      problem: { code: 'LAB_ENGINE_UNREACHABLE' },
    });
    expect(found.state === 'unusable' && found.problem.message).toContain('/tmp/mine.sock');
  });

  it('rejects an engine on another machine before connecting', async () => {
    const connect = () => expect.unreachable();
    expect(await search({ env: { DOCKER_HOST: 'ssh://far' }, connect })).toMatchObject({
      state: 'unusable',
      problem: { code: 'LAB_ENGINE_UNSUPPORTED' },
    });
  });
});
