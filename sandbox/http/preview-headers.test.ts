import { describe, expect, it } from 'vitest';
import { cookiesOf, toBrowser, toPod } from './preview-headers.ts';

const seen = { site: 'http://127.0.0.1:4321', isSecure: true };

describe('what goes to a pod', () => {
  it('has none of our cookies, whatever they are called', () => {
    const cookie =
      'session=1; kindlab-owner=a; __Host-kindlab-owner=b; kindlab-preview=c; __Host-kindlab-preview=d; theme=x=y';
    expect(toPod({ cookie }, 'http').cookie).toBe('session=1; theme=x=y');
    expect(toPod({ cookie: 'kindlab-preview=c' }, 'http')).not.toHaveProperty('cookie');
  });

  it('keeps the host, and says how the browser came there', () => {
    expect(toPod({ host: 'p-a.localhost:1', origin: 'http://p-a.localhost:1' }, 'https')).toEqual({
      host: 'p-a.localhost:1',
      origin: 'http://p-a.localhost:1',
      'x-forwarded-host': 'p-a.localhost:1',
      'x-forwarded-proto': 'https',
    });
  });

  it('has nothing about the connection, or about who is behind it', () => {
    const sent = toPod(
      {
        connection: 'keep-alive, X-Secret',
        'keep-alive': 'timeout=5',
        'x-secret': '1',
        te: 'trailers',
        upgrade: 'h2c',
        'proxy-authorization': 'Basic eA==',
        'x-forwarded-for': '192.0.2.1',
        forwarded: 'for=192.0.2.1',
        authorization: 'Bearer of-the-app',
      },
      'http',
    );
    expect(Object.keys(sent).sort()).toEqual([
      'authorization',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]);
  });

  it('has a body of unknown length in chunks, so that its end is known', () => {
    const headers = { 'transfer-encoding': 'gzip, chunked' };
    expect(toPod(headers, 'http')['transfer-encoding']).toBe('chunked');
  });
});

describe('what comes from a pod', () => {
  it('sets cookies for its own host alone, never ours, and so that they work in a frame', () => {
    const set = [
      'a=1; Domain=localhost; Path=/',
      'b=2; domain = .example.org; HttpOnly; SameSite=Strict; Secure',
      'kindlab-preview=stolen; Path=/',
      ' __Host-kindlab-owner=stolen; Secure',
      'domain=mine',
    ];
    expect(toBrowser({ 'set-cookie': set }, seen)['set-cookie']).toEqual([
      'a=1; Path=/; Secure; SameSite=None; Partitioned',
      'b=2; HttpOnly; Secure; SameSite=None; Partitioned',
      'domain=mine; Secure; SameSite=None; Partitioned',
    ]);
    const plain = { ...seen, isSecure: false };
    expect(toBrowser({ 'set-cookie': set.slice(0, 2) }, plain)['set-cookie']).toEqual([
      'a=1; Path=/',
      'b=2; HttpOnly; SameSite=Strict; Secure',
    ]);
  });

  it('is shown in frames of the site alone, whatever it says', () => {
    const policy = (headers: Record<string, string>): unknown =>
      toBrowser(headers, seen)['content-security-policy'];
    const ours = "frame-ancestors 'self' http://127.0.0.1:4321";
    expect(policy({})).toBe(ours);
    expect(policy({ 'content-security-policy': "frame-ancestors 'none'" })).toBe(ours);
    expect(
      policy({
        'content-security-policy':
          "default-src 'self'; frame-ancestors *, img-src x; Frame-Ancestors y",
      }),
    ).toBe(`default-src 'self', img-src x, ${ours}`);
  });

  it('says nothing that is not for pods to say', () => {
    const sent = toBrowser(
      {
        'x-frame-options': 'DENY',
        'strict-transport-security': 'max-age=1; includeSubDomains',
        'clear-site-data': '"cookies"',
        'alt-svc': 'h3="elsewhere:443"',
        'transfer-encoding': 'chunked',
        connection: 'x-hop',
        'x-hop': '1',
        etag: '"1"',
        location: '/next',
      },
      seen,
    );
    expect(Object.keys(sent).sort()).toEqual(['content-security-policy', 'etag', 'location']);
  });
});

it('all cookies of a name are found: a page can set a second one', () => {
  expect(cookiesOf('a=1; b=2;a=3', 'a')).toEqual(['1', '3']);
  expect(cookiesOf(undefined, 'a')).toEqual([]);
});
