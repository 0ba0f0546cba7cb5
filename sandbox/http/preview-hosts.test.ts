import { describe, expect, it } from 'vitest';
import { LabError } from '../errors.ts';
import { PreviewHosts } from './preview-hosts.ts';

const LABEL = `p-${'a1'.repeat(12)}`;
const here = new PreviewHosts(undefined);
const workshop = new PreviewHosts('https://*.previews.example.org:8443');

describe('the hosts of previews', () => {
  it.each([
    [`${LABEL}.localhost:4321`, LABEL],
    [`${LABEL}.LOCALHOST`, LABEL],
    [`${LABEL}.previews.example.org:8443`, LABEL],
    [`${LABEL}.example.org`, undefined],
    [`${LABEL}.previews.example.org.evil.example`, undefined],
    [`x.${LABEL}.localhost`, undefined],
    ['p-short.localhost', undefined],
    ['localhost:4321', undefined],
    ['previews.example.org', undefined],
    [LABEL, undefined],
    ['', undefined],
    [undefined, undefined],
  ])('the host %s has the label %s', (host, label) => {
    expect(workshop.labelOf(host)).toBe(label);
  });

  it('are only below localhost without a configured domain', () => {
    expect(here.labelOf(`${LABEL}.localhost`)).toBe(LABEL);
    expect(here.labelOf(`${LABEL}.previews.example.org`)).toBeUndefined();
  });

  it.each([
    ['http://127.0.0.1:4321', `http://${LABEL}.localhost:4321`],
    ['http://localhost', `http://${LABEL}.localhost`],
    ['http://[::1]:80', `http://${LABEL}.localhost:80`],
    ['https://labs.example.org', `https://${LABEL}.previews.example.org:8443`],
  ])('for the site at %s have the origin %s', (site, origin) => {
    expect(workshop.originOf(LABEL, site)).toBe(origin);
  });

  it('do not exist for a remote site without configuration', () => {
    expect(() => here.originOf(LABEL, 'http://10.0.0.7:4321')).toThrow(LabError);
    expect(here.frameSource('10.0.0.7:4321')).toBe("'none'");
  });

  it('are the only ones that the site may frame', () => {
    expect(here.frameSource('127.0.0.1:4321')).toBe('http://*.localhost:4321');
    expect(workshop.frameSource('labs.example.org')).toBe('https://*.previews.example.org:8443');
    expect(here.frameSource("localhost:1; script-src 'unsafe-inline'")).toBe("'none'");
  });

  it('have a cookie that sibling hosts cannot set, where browsers support that', () => {
    expect(workshop.cookieName(`${LABEL}.previews.example.org`)).toMatch(/^__Host-/);
    expect(workshop.cookieName(`${LABEL}.localhost`)).not.toMatch(/^__Host-/);
  });
});
