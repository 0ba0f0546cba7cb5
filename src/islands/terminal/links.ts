/** Whether a link that a program printed may be opened: nothing but web pages, and no credentials that disguise the host. */
export function isWebLink(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** Opens a link in a tab of its own, which knows nothing of this one. Anything but a web page is ignored. */
export function openLink(text: string): void {
  if (isWebLink(text)) window.open(text, '_blank', 'noopener,noreferrer');
}
