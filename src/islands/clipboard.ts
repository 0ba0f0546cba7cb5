/** Copies `text`. Resolves with whether that was possible: it is not without the permission, nor over plain http. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
