/** The shell command that writes `text` to a file below `~/lab`: the same for a learner's click and for the proof. */
export function writeFileCommand(path: string, text: string): string {
  const lines = text.split('\n');
  let end = 'EOF';
  while (lines.includes(end)) end += '_';
  const folder = path.includes('/') ? `mkdir -p ~/lab/${path.replace(/\/[^/]*$/, '')}\n` : '';
  return `${folder}cat > ~/lab/${path} <<'${end}'\n${text}\n${end}`;
}
