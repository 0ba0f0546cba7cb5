import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandsOf } from '../../src/islands/terminal/commands.ts';
import { isRunnable } from '../../src/lessons/blocks.ts';
import { listLessons } from '../../src/lessons/content-files.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';

const blocks = await Promise.all(
  listLessons().map(async (file) => {
    const lesson = await readLesson(file, process.cwd());
    return lesson.blocks.filter(isRunnable).map(({ text, place }) => ({ text, place }));
  }),
);
const commands = blocks
  .flat()
  .flatMap(({ text, place }) =>
    commandsOf(text).map((command) => ({ command, at: `${place.file}:${place.line}` })),
  );

describe('the commands that a Run button types', () => {
  it.each(commands)('$at is complete: $command', ({ command }) => {
    // bash only warns about a heredoc without an end, so stderr counts.
    const { status, stderr } = spawnSync('bash', ['-n'], { input: command, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
