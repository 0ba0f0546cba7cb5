/**
 * Whether a link printed by a program may be opened: only web pages, without credentials, which
 * could disguise the host.
 */
export function isWebLink(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** Opens a link in a new tab without access to this one. Ignores anything but web pages. */
export function openLink(text: string): void {
  if (isWebLink(text)) window.open(text, '_blank', 'noopener,noreferrer');
}
