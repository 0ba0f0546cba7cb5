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
  ])('%s is that of %s', (host, label) => {
    expect(workshop.labelOf(host)).toBe(label);
  });

  it('without a domain of their own are below localhost alone', () => {
    expect(here.labelOf(`${LABEL}.localhost`)).toBe(LABEL);
    expect(here.labelOf(`${LABEL}.previews.example.org`)).toBeUndefined();
  });

  it.each([
    ['http://127.0.0.1:4321', `http://${LABEL}.localhost:4321`],
    ['http://localhost', `http://${LABEL}.localhost`],
    ['http://[::1]:80', `http://${LABEL}.localhost:80`],
    ['https://labs.example.org', `https://${LABEL}.previews.example.org:8443`],
  ])('for the site at %s begin with %s', (site, origin) => {
    expect(workshop.originOf(LABEL, site)).toBe(origin);
  });

  it('are none where the site is elsewhere and nothing is configured', () => {
    expect(() => here.originOf(LABEL, 'http://10.0.0.7:4321')).toThrow(LabError);
    expect(here.frameSource('10.0.0.7:4321')).toBe("'none'");
  });

  it('are what the page may show in a frame', () => {
    expect(here.frameSource('127.0.0.1:4321')).toBe('http://*.localhost:4321');
    expect(workshop.frameSource('labs.example.org')).toBe('https://*.previews.example.org:8443');
    expect(here.frameSource("localhost:1; script-src 'unsafe-inline'")).toBe("'none'");
  });

  it('have a cookie that no sibling can set, where browsers know such', () => {
    expect(workshop.cookieName(`${LABEL}.previews.example.org`)).toMatch(/^__Host-/);
    expect(workshop.cookieName(`${LABEL}.localhost`)).not.toMatch(/^__Host-/);
  });
});
