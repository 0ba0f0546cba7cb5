export type ColorScheme = 'light' | 'dark';

/** Calls `apply` with the page's color scheme, now and at each change until `signal` aborts. */
export function followColorScheme(apply: (scheme: ColorScheme) => void, signal: AbortSignal): void {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const show = () => {
    const scheme = root.dataset.theme ?? (system.matches ? 'dark' : 'light');
    apply(scheme === 'dark' ? 'dark' : 'light');
  };
  const observer = new MutationObserver(show);
  observer.observe(root, { attributeFilter: ['data-theme'] });
  system.addEventListener('change', show, { signal });
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  show();
}
