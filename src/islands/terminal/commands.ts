import { bareCode } from './bare-code.ts';

const OPENERS = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{']);
const CLOSERS = new Set(['fi', 'done', 'esac', '}']);
/** A keyword is one only at the start of a command, which follows these. */
const BEFORE_COMMANDS = new Set([
  ...['\n', ';', '&', '|', '(', ')', '{', '!'],
  ...['if', 'then', 'elif', 'else', 'while', 'until', 'do'],
]);
const TOKEN = /[\n;&|()]|[^\s;&|()]+/g;

/**
 * The commands of a block of shell code in order, each with all its lines. Running a block command
 * by command shows each one's output below it, as if typed. Understands quotes, here-documents,
 * here-strings, arithmetic, compound commands and continued lines; a block that never ends stays in
 * one piece. The tests, and those of the lessons, compare the result with bash's own parser.
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
  const bare = bareCode(text);
  if (bare === undefined || /(\\|\||&&)\s*$/.test(bare)) return false;
  let compounds = 0;
  let parentheses = 0;
  let isCommand = true;
  for (const [token] of bare.matchAll(TOKEN)) {
    if (isCommand && OPENERS.has(token)) compounds++;
    else if (isCommand && CLOSERS.has(token)) compounds--;
    else if (token === '(') parentheses++;
    // In a case, each pattern ends with one that has no opening.
    else if (token === ')') parentheses = Math.max(0, parentheses - 1);
    isCommand = BEFORE_COMMANDS.has(token) || CLOSERS.has(token);
  }
  return compounds <= 0 && parentheses === 0;
}
