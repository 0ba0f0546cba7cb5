import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Headers about one connection. So are those that `connection` names. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
];
/** What a proxy in front of us reports about the learner is not for pods. */
const FORWARDED = /^(x-forwarded-.*|forwarded|x-real-ip|via)$/;
/**
 * Headers that a pod may not set: rules for more than its own origin (`clear-site-data`, other
 * hosts and transports), and who may show it in a frame, which we decide.
 */
const NOT_FOR_PODS = [
  ...['strict-transport-security', 'clear-site-data', 'alt-svc', 'public-key-pins'],
  ...['x-frame-options', 'set-cookie', 'content-security-policy'],
];
const OUR_COOKIE = /^(__Host-|__Secure-)?kindlab-/i;

const OUR_ATTRIBUTES = /^\s*(domain|samesite|secure|partitioned)\s*(=|$)/i;
const DOMAIN = /^\s*domain\s*(=|$)/i;

/**
 * Attributes of a cookie that works in a frame of another site, and only in frames of this site.
 */
export const IN_FRAMES = 'Secure; SameSite=None; Partitioned';

/** The values of a cookie. There may be several: a page can set a second one of the same name. */
export function cookiesOf(header: string | undefined, name: string): string[] {
  const named = cookies(header).filter((each) => each.startsWith(`${name}=`));
  return named.map((each) => each.slice(name.length + 1));
}

/** A browser's headers for the pod: without our cookies and without those about the connection. */
export function toPod(headers: IncomingHttpHeaders, scheme: 'http' | 'https'): OutgoingHttpHeaders {
  const cleaned = without(headers, (name) => FORWARDED.test(name) || name === 'cookie');
  const rest = cookies(headers.cookie).filter((each) => !OUR_COOKIE.test(each));
  if (rest.length > 0) cleaned.cookie = rest.join('; ');
  cleaned['x-forwarded-host'] = headers.host;
  cleaned['x-forwarded-proto'] = scheme;
  // Without it, a body of unknown length would run into the next request on the connection.
  if (headers['transfer-encoding'] !== undefined) cleaned['transfer-encoding'] = 'chunked';
  return cleaned;
}

/** The browser that a response goes to. */
export interface PreviewContext {
  /** The origin of the page that may show the preview in a frame. */
  site: string;
  /** Whether the browser accepts `Secure` cookies from the preview. */
  isSecure: boolean;
}

/** A pod's headers for the browser. */
export function toBrowser(
  headers: IncomingHttpHeaders,
  { site, isSecure }: PreviewContext,
): OutgoingHttpHeaders {
  const cleaned = without(headers, (name) => NOT_FOR_PODS.includes(name));
  const policies = [headers['content-security-policy']].flat().flatMap(withoutFrameAncestors);
  cleaned['content-security-policy'] = [...policies, `frame-ancestors 'self' ${site}`].join(', ');
  const set = (headers['set-cookie'] ?? []).flatMap((each) => ownCookie(each, isSecure));
  if (set.length > 0) cleaned['set-cookie'] = set;
  return cleaned;
}

/** The headers that are not about the connection and not unwanted. */
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
 * A cookie limited to the pod's own host, or none if it looks like ours. A login to a pod's page in
 * a frame needs it without `SameSite`; requests from other sites, which `SameSite` would stop, are
 * refused by their Origin.
 */
function ownCookie(cookie: string, isSecure: boolean): string[] {
  const [pair = '', ...attributes] = cookie.split(';');
  if (OUR_COOKIE.test(pair.trim())) return [];
  const unwanted = isSecure ? OUR_ATTRIBUTES : DOMAIN;
  const kept = [pair, ...attributes.filter((each) => !unwanted.test(each))];
  return [[...kept, ...(isSecure ? [` ${IN_FRAMES}`] : [])].join(';')];
}

/** The policies of a header without their `frame-ancestors`. */
function withoutFrameAncestors(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header.split(',').flatMap((policy) => {
    const directives = policy.split(';').map((each) => each.trim());
    const rest = directives.filter((each) => each !== '' && !/^frame-ancestors\b/i.test(each));
    return rest.length === 0 ? [] : [rest.join('; ')];
  });
}
