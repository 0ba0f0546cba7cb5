import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What pip may be told of where packages come from, in its own words. Everything else that it knows of this host means nothing inside a build. */
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
 * The host's own settings of pip as variables for a pip elsewhere, so that builds fetch packages as the host does. As for pip itself, a variable comes
 * before the user's file, and that before the machine's; pip need not be there.
 *
 * @param read the text of a file, or undefined; replaced in tests
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

/** Later ones come first. */
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

/** Of the sections that concern every command and `install`, the settings that are passed on. An indented line continues the one before. */
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
