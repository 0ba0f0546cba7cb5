import { expect, it } from 'vitest';
import { pipSettings } from './pip-settings.ts';

const files = (texts: Record<string, string>) => (path: string) => texts[path];

it('passes on the package sources of the host’s pip, and no other settings', () => {
  const text = [
    '[global]',
    'index-url = https://packages.example.org/simple',
    'extra-index-url =',
    '    https://a.example.org/simple',
    '    # not this one',
    '    https://b.example.org/simple',
    'cert = /etc/company.pem',
    '    continued',
    'require-virtualenv = true',
    '[install]',
    'Trusted_Host: packages.example.org',
    '[freeze]',
    'timeout = 1',
  ].join('\n');
  expect(pipSettings({}, files({ '/etc/pip.conf': text }))).toEqual({
    PIP_INDEX_URL: 'https://packages.example.org/simple',
    PIP_EXTRA_INDEX_URL: 'https://a.example.org/simple https://b.example.org/simple',
    PIP_TRUSTED_HOST: 'packages.example.org',
  });
});

it('prefers a variable to the user’s file, and that to the machine’s', () => {
  const read = files({
    '/etc/pip.conf': '[global]\nindex-url = one\nretries = 1\ntimeout = 1\n',
    '/home/me/.config/pip/pip.conf': '[global]\nindex-url = two\nretries = 2\n',
  });
  const env = { HOME: '/home/me', PIP_INDEX_URL: 'three', PIP_CERT: '/etc/company.pem' };
  expect(pipSettings(env, read)).toEqual({
    PIP_INDEX_URL: 'three',
    PIP_RETRIES: '2',
    PIP_TIMEOUT: '1',
  });
});

it('is empty when nothing is configured', () => {
  expect(pipSettings({ HOME: '/nowhere' }, () => undefined)).toEqual({});
});
