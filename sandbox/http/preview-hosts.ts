import { PREVIEW_ORIGIN } from '../config.ts';
import { LabError } from '../errors.ts';

/** Long enough that nobody guesses one; random, so that two sessions never share an origin, and what a browser keeps for it. */
export const LABEL_LENGTH = 24;
const LABEL = new RegExp(`^p-[a-z0-9]{${LABEL_LENGTH}}$`);
const LOOPBACK_SITE = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const LOOPBACK_DOMAIN = 'localhost';

/**
 * The addresses of previews: each an origin of its own, `p-<random>.localhost` with the site's port where the site itself is at a loopback address, because every
 * browser takes such names to be this machine; elsewhere as the configuration has it.
 */
export class PreviewHosts {
  readonly #scheme: string | undefined;
  /** With its port. */
  readonly #domain: string | undefined;

  /** @param pattern as `https://*.previews.example.org`, when others than this machine's browsers come */
  constructor(pattern: string | undefined) {
    [, this.#scheme, this.#domain] = PREVIEW_ORIGIN.exec(pattern ?? '') ?? [];
  }

  /** The label of the preview that a Host header is about, whether it lives or not; `undefined` where that is the site. */
  labelOf(host = ''): string | undefined {
    const name = host.toLowerCase().replace(/:\d+$/, '');
    const dot = name.indexOf('.');
    const domain = name.slice(dot + 1);
    const known = [LOOPBACK_DOMAIN, this.#domain?.replace(/:\d+$/, '')];
    const label = name.slice(0, dot);
    return known.includes(domain) && LABEL.test(label) ? label : undefined;
  }

  /** Where the site's page of that origin opens a preview. Errors: `LAB_PREVIEW_UNAVAILABLE`. */
  originOf(label: string, site: string): string {
    const port = LOOPBACK_SITE.exec(site);
    if (port !== null) return `http://${label}.${LOOPBACK_DOMAIN}${port[1] ?? ''}`;
    if (this.#scheme !== undefined && this.#domain !== undefined) {
      return `${this.#scheme}://${label}.${this.#domain}`;
    }
    const message = `The site is at ${site.slice(0, 100)}, and no address for previews is known.`;
    throw new LabError('LAB_PREVIEW_UNAVAILABLE', message);
  }

  /** Whether a browser treats the origin as safe, so that it takes `Secure` cookies there. */
  isSecure(host = ''): boolean {
    return this.#isLoopback(host) || this.#scheme === 'https';
  }

  /** How a browser speaks to it. */
  schemeOf(host = ''): 'http' | 'https' {
    return !this.#isLoopback(host) && this.#scheme === 'https' ? 'https' : 'http';
  }

  /** The name of the cookie that opens a preview. With the prefix, no sibling of the domain can set it. */
  cookieName(host = ''): string {
    return this.schemeOf(host) === 'https' ? '__Host-kindlab-preview' : 'kindlab-preview';
  }

  /** What the page at this Host may show in a frame, in the words of a content security policy. */
  frameSource(host = ''): string {
    const port = LOOPBACK_SITE.exec(`http://${host}`);
    if (port !== null) return `http://*.${LOOPBACK_DOMAIN}${port[1] ?? ''}`;
    return this.#domain === undefined ? "'none'" : `${this.#scheme ?? 'https'}://*.${this.#domain}`;
  }

  #isLoopback(host: string): boolean {
    return host.toLowerCase().replace(/:\d+$/, '').endsWith(`.${LOOPBACK_DOMAIN}`);
  }
}
