import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandsOf } from './commands.ts';

const together: [what: string, code: string][] = [
  ['a pipe over lines', 'kubectl get pods |\n  grep web'],
  ['a pipe before a comment', 'kubectl get pods | # all\n  grep web'],
  ['a continued line', 'kubectl run hello \\\n  --image=kindlab/web:1'],
  ['an and', 'true &&\n  false'],
  ['a loop', 'for i in 1 2 3\ndo\n  echo $i; sleep 1\ndone'],
  ['a loop in a loop', 'for i in 1; do\n  while true; do\n    break\n  done\ndone'],
  ['braces in a loop', 'for i in 1; do\n  find . -exec echo {} +\ndone'],
  ['a condition', 'if true\nthen\n  echo yes\nfi'],
  ['a quote over lines', "kubectl patch pod a -p '\nspec: {}\n'"],
  ['an escaped quote', 'echo "a \\" b\nc"'],
  ['an escaped quote in $ quotes', "echo $'it\\'s\nc'"],
  ['a substitution', 'echo $(kubectl get pods \n  --output name)'],
  ['a substitution in back quotes', 'echo `ls\npwd`'],
  ['arithmetic over lines', 'echo $((1 +\n  2))'],
  ['a case', 'case $x in\n  a) echo a ;;\n  *) echo b ;;\nesac'],
  ['a function', 'say() {\n  echo hello\n}'],
  ['a subshell', '(\n  cd /\n  ls\n)'],
  ['a comment and what it is about', '# Watch the answer.\nkubectl get pods'],
];

const heredocs: [what: string, code: string][] = [
  ['a here-document', 'cat <<EOF\n$x\n\nEOF'],
  ['one with a quote', "kubectl apply -f - <<'EOF'\nkind: Pod\n\nspec: it's\nEOF"],
  ['one whose end is quoted', 'cat <<"end of it"\n$x\nend of it'],
  ['one whose end is escaped', 'cat <<\\EOF\n$x\nEOF'],
  ['one with tabs', 'cat <<-EOF\n\ta\n\t\tEOF'],
  ['one that holds something like its end', 'cat <<EOF\n EOF\nEOF2\nEOF'],
  ['two in one line', 'cat <<A - <<-B\n1\nA\n2\n\tB'],
  ['one beside a here-string', "cat <<A; cat <<<'b'\n1\nA"],
  ['one before a pipe', 'cat <<EOF |\na\nEOF\n  grep a'],
  ['one in a loop', 'for i in 1; do\n  cat <<EOF\ndone\nEOF\ndone'],
  ['one in a substitution', 'x=$(cat <<EOF\nit"s (one\nEOF\n)'],
  ['one in a quoted substitution', 'x="$(cat <<EOF\nit\'s "one\nEOF\n)"'],
  ['a here-string over lines', 'cat <<<"a\nb"'],
];

const apart: [what: string, code: string][] = [
  ['a quote in a comment', "echo a # it's fine\necho b"],
  ['a word like a keyword', 'echo if done for\necho b'],
  ['a quoted keyword', '"if" a\necho b'],
  ['a loop on one line', 'for i in 1 2; do echo $i; done\necho b'],
  ['an and inside a line', 'true && echo a; echo b\necho c'],
  ['a substitution in a line', 'kubectl delete $(kubectl get pods -o name | head -n 1)\necho b'],
  ['a quoted substitution', 'echo "$(echo "a b")" "$((1 + (2)))"\necho b'],
  ['braces of a template', "kubectl get pods -o jsonpath='{.items[*]}'\necho b"],
  ['a here-string', 'cat <<< hello\necho b'],
  ['a here-string without a space', 'cat <<<hello\necho b'],
  ['a quoted here-string', 'cat <<<"a b"\necho b'],
  ['a shift in arithmetic', 'echo $((1<<2))\necho b'],
  ['a shift in an arithmetic command', '((x = (1 << 2)))\necho b'],
  ['a subshell in a subshell', '((cd /; ls); pwd)\necho b'],
  ['a here-document in a comment', 'echo a # cat <<EOF\necho b'],
  ['a here-document in quotes', 'echo \'<<EOF\' "<<EOF"\necho b'],
  ['an escaped here-document', 'echo a\\<\\<EOF\necho b'],
];

/** Whether bash accepts the code as complete. It warns of an unfinished here-document. */
function isWhole(code: string): boolean {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
  return status === 0 && stderr === '' && !code.endsWith('\\');
}

/** Whether the first lines of a command would already be a complete command. */
function hasWholeStart(command: string): boolean {
  const lines = command.split('\n');
  const starts = lines.slice(1).map((_, i) => lines.slice(0, i + 1));
  const isCode = (line: string): boolean => !line.trim().startsWith('#');
  return starts.some((start) => start.some(isCode) && isWhole(start.join('\n')));
}

describe('the commands of a block', () => {
  it('are one per line', () => {
    expect(commandsOf('kubectl get nodes\n\nkubectl get pods -o wide\n')).toEqual([
      'kubectl get nodes',
      'kubectl get pods -o wide',
    ]);
  });

  it.each([...together, ...heredocs])('keep %s together', (_, code) => {
    expect(commandsOf(`echo before\n${code}\necho after`)).toEqual([
      'echo before',
      code,
      'echo after',
    ]);
  });

  it.each(apart)('end after %s', (_, code) => {
    expect(commandsOf(code)).toEqual(code.split('\n'));
  });

  it.each([...together, ...heredocs, ...apart])('are those of bash: %s', (_, code) => {
    for (const command of commandsOf(code)) {
      expect([isWhole(command), hasWholeStart(command)], command).toEqual([true, false]);
    }
  });

  it('lose nothing of a block that never ends', () => {
    expect(commandsOf('echo a\ncat <<EOF\nno end')).toEqual(['echo a', 'cat <<EOF\nno end']);
  });
});
