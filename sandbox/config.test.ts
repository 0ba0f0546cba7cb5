import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(readConfig({ XDG_DATA_HOME: '/data' })).toEqual({
      host: '127.0.0.1',
      port: 4321,
      origins: [],
      previewOrigin: undefined,
      home: '/data/kindlab',
      installEngine: true,
      sessionSeconds: 7200,
      startSeconds: 180,
      sessionLimit: undefined,
      freezeSeconds: 600,
      pool: { min: 1, max: 3 },
      readyImages: new Map(),
      logLevel: 'info',
    });
  });

  it('reads every variable', () => {
    const config = readConfig({
      HOST: '0.0.0.0',
      PORT: '80',
      KINDLAB_HOME: '/srv/kindlab',
      KINDLAB_ORIGIN: 'https://labs.example.org, http://10.0.0.7:4321',
      KINDLAB_PREVIEW_ORIGIN: 'https://*.previews.example.org:8443',
      KINDLAB_INSTALL_ENGINE: 'no',
      KINDLAB_SESSION_SECONDS: '60',
      KINDLAB_SESSION_LIMIT: '3',
      KINDLAB_IMAGES: 'node=registry.example.org:5000/node:1, workstation = ws@sha256:ab',
      KINDLAB_LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 80,
      home: '/srv/kindlab',
      origins: ['https://labs.example.org', 'http://10.0.0.7:4321'],
      previewOrigin: 'https://*.previews.example.org:8443',
      installEngine: false,
      sessionSeconds: 60,
      sessionLimit: 3,
      logLevel: 'debug',
    });
    expect([...config.readyImages]).toEqual([
      ['node', 'registry.example.org:5000/node:1'],
      ['workstation', 'ws@sha256:ab'],
    ]);
  });

  it('treats an empty variable as unset', () => {
    const names = ['HOST', 'PORT', 'XDG_DATA_HOME', 'KINDLAB_HOME', 'KINDLAB_SESSION_LIMIT'];
    const config = readConfig(Object.fromEntries(names.map((name) => [name, ''])));
    expect(config).toEqual(readConfig({}));
    expect(config.home).toMatch(/^\/.*\/kindlab$/);
  });

  it('makes a relative home absolute', () => {
    expect(readConfig({ KINDLAB_HOME: 'here' }).home).toBe(`${process.cwd()}/here`);
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['KINDLAB_ORIGIN', 'labs.example.org'],
    ['KINDLAB_ORIGIN', 'https://labs.example.org/'],
    ['KINDLAB_ORIGIN', 'ftp://labs.example.org'],
    ['KINDLAB_PREVIEW_ORIGIN', 'https://previews.example.org'],
    ['KINDLAB_PREVIEW_ORIGIN', 'https://*.previews.example.org/'],
    ['KINDLAB_INSTALL_ENGINE', 'maybe'],
    ['KINDLAB_SESSION_SECONDS', '0'],
    ['KINDLAB_SESSION_SECONDS', '2000000'],
    ['KINDLAB_SESSION_LIMIT', '-1'],
    ['KINDLAB_SESSION_LIMIT', '1.5'],
    ['KINDLAB_IMAGES', 'node'],
    ['KINDLAB_IMAGES', 'node=a,=b'],
    ['KINDLAB_LOG_LEVEL', 'loud'],
  ])('rejects %s="%s" by name', (name, value) => {
    const invalid = expect.objectContaining({
      code: 'LAB_INPUT_INVALID',
      message: expect.stringContaining(name) as string,
    }) as Error;
    expect(() => readConfig({ [name]: value })).toThrow(invalid);
  });

  it.each([
    ['https://labs.example.org', 'https://*.example.org'],
    ['https://labs.example.org', 'https://*.labs.example.org'],
    ['https://labs.example.org', 'http://*.previews.example.org'],
  ])('rejects, for the site at %s, previews at %s', (KINDLAB_ORIGIN, KINDLAB_PREVIEW_ORIGIN) => {
    const read = (): unknown => readConfig({ KINDLAB_ORIGIN, KINDLAB_PREVIEW_ORIGIN });
    expect(read).toThrow(/KINDLAB_PREVIEW_ORIGIN/);
  });

  it('rejects a host that others can reach when it has no origin', () => {
    for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'labs.example.org']) {
      expect(() => readConfig({ HOST })).toThrow(/KINDLAB_ORIGIN/);
      expect(readConfig({ HOST, KINDLAB_ORIGIN: 'https://x.org' }).host).toBe(HOST);
    }
    for (const HOST of ['127.0.0.1', '::1', 'localhost'])
      expect(readConfig({ HOST }).host).toBe(HOST);
  });

  it.each([
    [{ KINDLAB_POOL_MIN: '30' }, { min: 30, max: 30 }],
    [{ KINDLAB_POOL_MAX: '0' }, { min: 0, max: 0 }],
    [
      { KINDLAB_POOL_MIN: '2', KINDLAB_POOL_MAX: '5' },
      { min: 2, max: 5 },
    ],
  ])('lets one bound of the pool follow the other: %o', (environment, pool) => {
    expect(readConfig(environment).pool).toEqual(pool);
  });
});
