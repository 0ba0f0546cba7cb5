import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { openLink } from './links.ts';
import { allowedSize, type Size } from './size.ts';

const FONT_PX = 13;
const FONT_TIMEOUT_MS = 1_500;
const SCROLLBACK_LINES = 5_000;

/** An xterm.js terminal, and what is used of its addons. */
export interface TerminalScreen {
  terminal: Terminal;
  search: SearchAddon;
  /** The size that fills its place; `undefined` while that is hidden. */
  fitting(): Size | undefined;
}

/**
 * Creates a terminal without drawing it. The caller disposes `terminal`, which disposes its addons.
 */
export function createScreen(): TerminalScreen {
  const font = getComputedStyle(document.documentElement).getPropertyValue('--mono');
  const terminal = new Terminal({
    // xterm.js counts Unicode versions and decorations as proposed.
    allowProposedApi: true,
    fontFamily: font,
    fontSize: FONT_PX,
    lineHeight: 1.2,
    scrollback: SCROLLBACK_LINES,
    minimumContrastRatio: 4.5,
    // Alt+click would type arrow keys.
    altClickMovesCursor: false,
    macOptionIsMeta: true,
    linkHandler: { activate: (_event, text) => openLink(text) },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon((_event, text) => openLink(text)));
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return { terminal, search, fitting: () => allowedSize(fit.proposeDimensions()) };
}

/**
 * Resolves when the terminal's font has been loaded, or takes too long: text drawn earlier has the
 * widths of another font.
 */
export async function fontReady(): Promise<void> {
  const loaded = document.fonts.load(`${FONT_PX}px "Source Code Pro"`);
  const given = new Promise((resolve) => setTimeout(resolve, FONT_TIMEOUT_MS));
  await Promise.race([loaded.catch(() => undefined), given]);
}
