import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** These are about one connection, not about what goes over it; so is what `connection` names. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
];
/** What a proxy before us says of the learner is none of the pod's business. */
const FORWARDED = /^(x-forwarded-.*|forwarded|x-real-ip|via)$/;
/**
 * What a pod may not say: rules for more than its own origin (what `clear-site-data` clears, and other hosts and transports), and who may show it in a frame,
 * which is for us to say.
 */
const NOT_FOR_PODS = [
  ...['strict-transport-security', 'clear-site-data', 'alt-svc', 'public-key-pins'],
  ...['x-frame-options', 'set-cookie', 'content-security-policy'],
];
const OUR_COOKIE = /^(__Host-|__Secure-)?kindlab-/i;

const OUR_ATTRIBUTES = /^\s*(domain|samesite|secure|partitioned)\s*(=|$)/i;
const DOMAIN = /^\s*domain\s*(=|$)/i;

/** Of a cookie that a browser keeps for a frame of another site: for this site's frames alone. */
export const IN_FRAMES = 'Secure; SameSite=None; Partitioned';

/** The values of a cookie: a page can set a second of the same name. */
export function cookiesOf(header: string | undefined, name: string): string[] {
  const found = cookies(header).filter((each) => each.startsWith(`${name}=`));
  return found.map((each) => each.slice(name.length + 1));
}

/** A browser's headers, as they go on to a pod: without our cookies, and without what ends here. */
export function toPod(headers: IncomingHttpHeaders, scheme: 'http' | 'https'): OutgoingHttpHeaders {
  const cleaned = without(headers, (name) => FORWARDED.test(name) || name === 'cookie');
  const rest = cookies(headers.cookie).filter((each) => !OUR_COOKIE.test(each));
  if (rest.length > 0) cleaned.cookie = rest.join('; ');
  cleaned['x-forwarded-host'] = headers.host;
  cleaned['x-forwarded-proto'] = scheme;
  // Without it, a body of unknown length would run into the next request of the connection.
  if (headers['transfer-encoding'] !== undefined) cleaned['transfer-encoding'] = 'chunked';
  return cleaned;
}

/** Who sees what a pod says. */
export interface Seen {
  /** The origin of the page that may show it in a frame. */
  site: string;
  /** Whether the browser takes `Secure` cookies there. */
  isSecure: boolean;
}

/** A pod's headers, as they go on to a browser. */
export function toBrowser(
  headers: IncomingHttpHeaders,
  { site, isSecure }: Seen,
): OutgoingHttpHeaders {
  const cleaned = without(headers, (name) => NOT_FOR_PODS.includes(name));
  const policies = [headers['content-security-policy']].flat().flatMap(framesAside);
  cleaned['content-security-policy'] = [...policies, `frame-ancestors 'self' ${site}`].join(', ');
  const set = (headers['set-cookie'] ?? []).flatMap((each) => ownCookie(each, isSecure));
  if (set.length > 0) cleaned['set-cookie'] = set;
  return cleaned;
}

/** Without those of the connection, and what else is unwanted. */
function without(
  headers: IncomingHttpHeaders,
  isUnwanted: (name: string) => boolean,
): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const kept = Object.entries(headers).filter(
    ([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name) && !isUnwanted(name),
  );
  return Object.fromEntries(kept);
}

function cookies(header = ''): string[] {
  return header
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/**
 * A cookie of the pod's own host, or none: not for a domain, and none that looks like ours. Whoever logs in to a pod's page in a frame needs it there;
 * requests from other sites, which `SameSite` kept away, are refused by their Origin.
 */
function ownCookie(cookie: string, isSecure: boolean): string[] {
  const [pair = '', ...attributes] = cookie.split(';');
  if (OUR_COOKIE.test(pair.trim())) return [];
  const unwanted = isSecure ? OUR_ATTRIBUTES : DOMAIN;
  const kept = [pair, ...attributes.filter((each) => !unwanted.test(each))];
  return [[...kept, ...(isSecure ? [` ${IN_FRAMES}`] : [])].join(';')];
}

/** The policies of a header, without what they say of frames around the page. */
function framesAside(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header.split(',').flatMap((policy) => {
    const directives = policy.split(';').map((each) => each.trim());
    const rest = directives.filter((each) => each !== '' && !/^frame-ancestors\b/i.test(each));
    return rest.length === 0 ? [] : [rest.join('; ')];
  });
}
