import { describe, expect, it } from 'vitest';
import { commandsOf } from './commands.ts';

const together = [
  ['a heredoc', "kubectl apply -f - <<'EOF'\nkind: Pod\n\nspec: it's\nEOF"],
  ['two heredocs', 'cat <<A - <<B\n1\nA\n2\nB'],
  ['a pipe that goes on', 'kubectl get pods |\n  grep web'],
  ['a continued line', 'kubectl run hello \\\n  --image=kindlab/web:1'],
  ['an and', 'true &&\n  false'],
  ['a loop', 'for i in 1 2 3\ndo\n  echo $i; sleep 1\ndone'],
  ['a loop in a loop', 'for i in 1; do\n  while true; do\n    break\n  done\ndone'],
  ['a condition', 'if true\nthen\n  echo yes\nfi'],
  ['a quote over lines', "kubectl patch pod a -p '\nspec: {}\n'"],
  ['an escaped quote', 'echo "a \\" b\nc"'],
  ['a substitution', 'echo $(kubectl get pods \n  --output name)'],
  ['a case', 'case $x in\n  a) echo a ;;\n  *) echo b ;;\nesac'],
  ['a function', 'say() {\n  echo hello\n}'],
  ['a subshell', '(\n  cd /\n  ls\n)'],
  ['a comment and what it is about', '# Watch the answer.\nkubectl get pods'],
] as const;

describe('the commands of a block', () => {
  it('are one a line', () => {
    expect(commandsOf('kubectl get nodes\n\nkubectl get pods -o wide\n')).toEqual([
      'kubectl get nodes',
      'kubectl get pods -o wide',
    ]);
  });

  it.each(together)('keep together %s', (_, code) => {
    expect(commandsOf(`echo before\n${code}\necho after`)).toEqual([
      'echo before',
      code,
      'echo after',
    ]);
  });

  it.each([
    ['a quote in a comment', "echo a # it's fine\necho b"],
    ['a word like a keyword', 'echo if done for\necho b'],
    ['a loop on one line', 'for i in 1 2; do echo $i; done\necho b'],
    ['an and inside a line', 'true && echo a; echo b\necho c'],
    ['a substitution in a line', 'kubectl delete $(kubectl get pods -o name | head -n 1)\necho b'],
    ['braces of a template', "kubectl get pods -o jsonpath='{.items[*]}'\necho b"],
  ])('take apart after %s', (_, code) => {
    expect(commandsOf(code)).toEqual(code.split('\n'));
  });

  it('lose nothing when the block never ends', () => {
    expect(commandsOf('echo a\ncat <<EOF\nno end')).toEqual(['echo a', 'cat <<EOF\nno end']);
  });
});
