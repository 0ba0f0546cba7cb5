import { describe, expect, it } from 'vitest';
import { cookiesOf, toBrowser, toPod } from './preview-headers.ts';

const context = { site: 'http://127.0.0.1:4321', isSecure: true };

describe('a request to a pod', () => {
  it('has none of our cookies, whatever their prefix', () => {
    const cookie =
      'session=1; kindlab-owner=a; __Host-kindlab-owner=b; kindlab-preview=c; __Host-kindlab-preview=d; theme=x=y';
    expect(toPod({ cookie }, 'http').cookie).toBe('session=1; theme=x=y');
    expect(toPod({ cookie: 'kindlab-preview=c' }, 'http')).not.toHaveProperty('cookie');
  });

  it('keeps the host, and reports how the browser reached it', () => {
    expect(toPod({ host: 'p-a.localhost:1', origin: 'http://p-a.localhost:1' }, 'https')).toEqual({
      host: 'p-a.localhost:1',
      origin: 'http://p-a.localhost:1',
      'x-forwarded-host': 'p-a.localhost:1',
      'x-forwarded-proto': 'https',
    });
  });

  it('has no headers about the connection or the client', () => {
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

  it('sends a body of unknown length in chunks', () => {
    const headers = { 'transfer-encoding': 'gzip, chunked' };
    expect(toPod(headers, 'http')['transfer-encoding']).toBe('chunked');
  });
});

describe('a response from a pod', () => {
  it('sets cookies only for its own host, never ours, and makes them work in a frame', () => {
    const set = [
      'a=1; Domain=localhost; Path=/',
      'b=2; domain = .example.org; HttpOnly; SameSite=Strict; Secure',
      'kindlab-preview=stolen; Path=/',
      ' __Host-kindlab-owner=stolen; Secure',
      'domain=mine',
    ];
    expect(toBrowser({ 'set-cookie': set }, context)['set-cookie']).toEqual([
      'a=1; Path=/; Secure; SameSite=None; Partitioned',
      'b=2; HttpOnly; Secure; SameSite=None; Partitioned',
      'domain=mine; Secure; SameSite=None; Partitioned',
    ]);
    const plain = { ...context, isSecure: false };
    expect(toBrowser({ 'set-cookie': set.slice(0, 2) }, plain)['set-cookie']).toEqual([
      'a=1; Path=/',
      'b=2; HttpOnly; SameSite=Strict; Secure',
    ]);
  });

  it('can be framed only by the site, whatever its own policy', () => {
    const policy = (headers: Record<string, string>): unknown =>
      toBrowser(headers, context)['content-security-policy'];
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

  it('sets no header that affects more than its origin', () => {
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
      context,
    );
    expect(Object.keys(sent).sort()).toEqual(['content-security-policy', 'etag', 'location']);
  });
});

it('finds all cookies of a name, because a page can set a second one', () => {
  expect(cookiesOf('a=1; b=2;a=3', 'a')).toEqual(['1', '3']);
  expect(cookiesOf(undefined, 'a')).toEqual([]);
});
