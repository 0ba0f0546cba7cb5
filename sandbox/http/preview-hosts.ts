import { PREVIEW_ORIGIN } from '../config.ts';
import { LabError } from '../errors.ts';

/**
 * Too long to guess. Random, so that no two sessions share an origin and what browsers store for
 * it.
 */
export const LABEL_LENGTH = 24;
const LABEL = new RegExp(`^p-[a-z0-9]{${LABEL_LENGTH}}$`);
const LOOPBACK_SITE = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const LOOPBACK_DOMAIN = 'localhost';

/**
 * The addresses of previews, each its own origin. For a site at a loopback address it is
 * `p-<random>.localhost` with the site's port, because every browser resolves such names to its own
 * machine. For other sites the configuration names a domain.
 */
export class PreviewHosts {
  readonly #scheme: string | undefined;
  /** Includes the port. */
  readonly #domain: string | undefined;

  /** @param pattern such as `https://*.previews.example.org`, for browsers on other machines */
  constructor(pattern: string | undefined) {
    [, this.#scheme, this.#domain] = PREVIEW_ORIGIN.exec(pattern ?? '') ?? [];
  }

  /** The label of the preview in a Host header, open or not; `undefined` if it is the site's. */
  labelOf(host = ''): string | undefined {
    const name = host.toLowerCase().replace(/:\d+$/, '');
    const dot = name.indexOf('.');
    const domain = name.slice(dot + 1);
    const known = [LOOPBACK_DOMAIN, this.#domain?.replace(/:\d+$/, '')];
    const label = name.slice(0, dot);
    return known.includes(domain) && LABEL.test(label) ? label : undefined;
  }

  /** The origin of a preview that a page of the site opens. Errors: `LAB_PREVIEW_UNAVAILABLE`. */
  originOf(label: string, site: string): string {
    const port = LOOPBACK_SITE.exec(site);
    if (port !== null) return `http://${label}.${LOOPBACK_DOMAIN}${port[1] ?? ''}`;
    if (this.#scheme !== undefined && this.#domain !== undefined) {
      return `${this.#scheme}://${label}.${this.#domain}`;
    }
    const message = `The site is at ${site.slice(0, 100)}, and previews have no address there.`;
    throw new LabError('LAB_PREVIEW_UNAVAILABLE', message);
  }

  /** Whether browsers accept `Secure` cookies from the origin. */
  isSecure(host = ''): boolean {
    return this.#isLoopback(host) || this.#scheme === 'https';
  }

  /** The scheme that browsers use for it. */
  schemeOf(host = ''): 'http' | 'https' {
    return !this.#isLoopback(host) && this.#scheme === 'https' ? 'https' : 'http';
  }

  /**
   * The cookie that admits to a preview. The prefix keeps other hosts of the domain from setting
   * it.
   */
  cookieName(host = ''): string {
    return this.schemeOf(host) === 'https' ? '__Host-kindlab-preview' : 'kindlab-preview';
  }

  /** What the site's page at this Host may frame, as a source of a content security policy. */
  frameSource(host = ''): string {
    const port = LOOPBACK_SITE.exec(`http://${host}`);
    if (port !== null) return `http://*.${LOOPBACK_DOMAIN}${port[1] ?? ''}`;
    return this.#domain === undefined ? "'none'" : `${this.#scheme ?? 'https'}://*.${this.#domain}`;
  }

  #isLoopback(host: string): boolean {
    return host.toLowerCase().replace(/:\d+$/, '').endsWith(`.${LOOPBACK_DOMAIN}`);
  }
}
