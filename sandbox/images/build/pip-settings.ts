import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Options of pip that say where packages come from. Other options mean nothing inside a build. */
const PASSED_ON = [
  'index-url',
  'extra-index-url',
  'trusted-host',
  'proxy',
  'timeout',
  'default-timeout',
  'retries',
];

/**
 * The host's settings of pip as environment variables, so that builds fetch packages as the host
 * does. As in pip, a variable overrides the user's file, which overrides the machine's. The host
 * does not need pip itself.
 *
 * @param read returns the text of a file, or undefined; replaced in tests
 */
export function pipSettings(
  env: NodeJS.ProcessEnv = process.env,
  read: (path: string) => string | undefined = readText,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const path of filesOf(env)) {
    for (const [name, value] of parsePipConfig(read(path) ?? '')) settings[variable(name)] = value;
  }
  for (const name of PASSED_ON.map(variable)) {
    const value = env[name];
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}

/** Later files override earlier ones. */
function filesOf(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? homedir();
  return [
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
    join(home, '.pip', 'pip.conf'),
    join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'pip', 'pip.conf'),
    ...(env.PIP_CONFIG_FILE === undefined ? [] : [env.PIP_CONFIG_FILE]),
  ];
}

/**
 * The settings to pass on, from the sections for all commands and for `install`. An indented line
 * continues the line before.
 */
function parsePipConfig(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let section = '';
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const [, name = ''] = /^\[(.*)\]/.exec(line) ?? [];
    const [, key = '', value = ''] = /^([\w-]+)\s*[=:](.*)$/.exec(line) ?? [];
    if (name !== '') section = name;
    else if (key !== '') {
      last = key.toLowerCase().replaceAll('_', '-');
      const isWanted = ['global', 'install'].includes(section) && PASSED_ON.includes(last);
      if (isWanted) found.set(last, value.trim());
      else last = undefined;
    } else if (last !== undefined && /^\s+[^\s#;]/.test(line)) {
      found.set(last, `${found.get(last) ?? ''} ${line.trim()}`.trim());
    }
  }
  return found;
}

function variable(name: string): string {
  return `PIP_${name.toUpperCase().replaceAll('-', '_')}`;
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
