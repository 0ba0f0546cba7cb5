import { createPrivateKey } from 'node:crypto';

/** Self-signed, for 127.0.0.1: the fake API server presents it, and accepts it from clients. */
export const TEST_CERTIFICATE = pem(
  'CERTIFICATE',
  [
    'MIIBljCCATygAwIBAgIUfVKcyjJFmjP6MMw8UYXvZRpQTPkwCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMa2luZGxh',
    'Yi10ZXN0MCAXDTI2MTEyNTAyNDAyMFoYDzIxMjYxMTAxMDI0MDIwWjAXMRUwEwYDVQQDDAxraW5kbGFiLXRlc3Qw',
    'WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6XWOPAWQZEzTwBCPiqry3VoJJy9vR1sWTp+EUBp8eNmtM0V7dpCoG',
    'fNj8TSMsspvyZLgKK97ltSHqfCc3KVOTo2QwYjAdBgNVHQ4EFgQUQoYOlcjaD0pUBumJtOrOFrt42rgwHwYDVR0j',
    'BBgwFoAUQoYOlcjaD0pUBumJtOrOFrt42rgwDwYDVR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqG',
    'SM49BAMCA0gAMEUCIGwhYXaVQDzuaDgObwmc9XO7D9SFh50nZA91ICBlQEBvAiEAm+SxghEPxAm8cA/0rno1/fPk',
    'XoSPudrarJ2BlqH0VEw=',
  ].join(''),
);

export const TEST_KEY = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'el1jjwFkGRM08AQj4qq8t1aCScvb0dbFk6fhFAafHjY',
    y: 'a0zRXt2kKgZ82PxNIyyym_JkuAor3uW1Iep8JzcpU5M',
    d: 'BsiyPkJor8axWS8xM2_SmHOq1JtuYXWkUiFXCpxLgFg',
  },
})
  .export({ format: 'pem', type: 'pkcs8' })
  .toString();

function pem(label: string, base64: string): string {
  return [
    `-----BEGIN ${label}-----`,
    ...(base64.match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    '',
  ].join('\n');
}
