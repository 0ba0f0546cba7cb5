import type { ITheme } from '@xterm/xterm';
import { followColorScheme } from '../color-scheme.ts';

/** Backgrounds equal `--terminal` in tokens.css. */
const light: ITheme = {
  background: '#fbfaf7',
  foreground: '#1e2227',
  cursor: '#1c5a9f',
  cursorAccent: '#fbfaf7',
  selectionBackground: '#b9d3ee',
  selectionInactiveBackground: '#c3d6ea',
  black: '#1e2227',
  red: '#a3231b',
  green: '#1b6a3d',
  yellow: '#805500',
  blue: '#1c5a9f',
  magenta: '#7a3e8e',
  cyan: '#14656e',
  white: '#6b7178',
  brightBlack: '#565d66',
  brightRed: '#b5281f',
  brightGreen: '#1f7a46',
  brightYellow: '#8a5c00',
  brightBlue: '#2066b3',
  brightMagenta: '#8a479f',
  brightCyan: '#17727c',
  brightWhite: '#1e2227',
};

const dark: ITheme = {
  background: '#101316',
  foreground: '#e3e6e8',
  cursor: '#85b8f2',
  cursorAccent: '#101316',
  selectionBackground: '#2f4d70',
  selectionInactiveBackground: '#2a4260',
  black: '#30363c',
  red: '#f28b7c',
  green: '#82cb9b',
  yellow: '#e0c06c',
  blue: '#85b8f2',
  magenta: '#cf9de0',
  cyan: '#79c9d2',
  white: '#d5d9dc',
  brightBlack: '#8a939b',
  brightRed: '#f7a99d',
  brightGreen: '#a2dcb5',
  brightYellow: '#ecd391',
  brightBlue: '#a9cdf7',
  brightMagenta: '#dfb9ec',
  brightCyan: '#9edae1',
  brightWhite: '#ffffff',
};

/** Calls `apply` with the theme of the page, now and at each change until `signal` aborts. */
export function followTheme(apply: (theme: ITheme) => void, signal: AbortSignal): void {
  followColorScheme((scheme) => apply(scheme === 'dark' ? dark : light), signal);
}
