const OPENERS = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{']);
const CLOSERS = new Set(['fi', 'done', 'esac', '}']);
/** After these, as after a separator, comes a command; only there is a keyword one. */
const BEFORE_COMMANDS = new Set([
  ...['\n', ';', '&', '|', '(', ')', '{'],
  ...['if', 'then', 'elif', 'else', 'while', 'until', 'do'],
]);
const TOKEN = /[\n;&|(){}]|[^\s;&|(){}]+/g;
const HEREDOC = /<<-?\s*(['"]?)(\w+)\1/g;

/**
 * The commands of a block of shell code, each with all its lines, in order. A block that is run command by command shows each
 * one's output below it, as if it had been typed. Knows quotes, heredocs, compound commands and continued lines; what it does not see
 * through stays together.
 */
export function commandsOf(code: string): string[] {
  const commands: string[] = [];
  let open: string[] = [];
  for (const line of code.split('\n')) {
    if (open.length === 0 && line.trim() === '') continue;
    open.push(line);
    if (!isComplete(open.join('\n'))) continue;
    // A comment belongs to the command below it.
    if (open.every((each) => each.trim().startsWith('#'))) continue;
    commands.push(open.join('\n'));
    open = [];
  }
  if (open.length > 0) commands.push(open.join('\n').trimEnd());
  return commands;
}

function isComplete(text: string): boolean {
  const shell = withoutHeredocs(text);
  const bare = shell === undefined ? undefined : withoutQuotes(shell);
  if (bare === undefined || /(\\|\||&&)\s*$/.test(bare)) return false;
  let compounds = 0;
  let parentheses = 0;
  let isCommand = true;
  for (const [token] of bare.matchAll(TOKEN)) {
    if (isCommand && OPENERS.has(token)) compounds++;
    else if (isCommand && CLOSERS.has(token)) compounds--;
    else if (token === '(') parentheses++;
    // In a case, one stands alone behind each pattern.
    else if (token === ')') parentheses = Math.max(0, parentheses - 1);
    isCommand = BEFORE_COMMANDS.has(token) || CLOSERS.has(token);
  }
  return compounds <= 0 && parentheses === 0;
}

/** The text without the bodies of its heredocs; `undefined` while one is open. */
function withoutHeredocs(text: string): string | undefined {
  const kept: string[] = [];
  let ends: string[] = [];
  for (const line of text.split('\n')) {
    if (ends.length > 0) {
      if (line.trim() === ends[0]) ends = ends.slice(1);
      continue;
    }
    kept.push(line);
    ends = [...line.matchAll(HEREDOC)].map(([, , end]) => end ?? '');
  }
  return ends.length > 0 ? undefined : kept.join('\n');
}

/** The text without what is quoted and without comments; `undefined` while a quote is open. */
function withoutQuotes(text: string): string | undefined {
  let bare = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === '\\' && quote === '"') at++;
      else if (character === quote) quote = '';
    } else if (character === '\\' && at < text.length - 1) at++;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '#' && /(^|\s)$/.test(bare)) {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end - 1;
    } else bare += character;
  }
  return quote === '' ? bare : undefined;
}
