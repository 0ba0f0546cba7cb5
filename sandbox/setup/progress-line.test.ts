import { expect, it } from 'vitest';
import { LabError } from '../errors.ts';
import { duration, progressLine, showProgress } from './progress-line.ts';
import { Stages } from '../preparation/stages.ts';

function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const stream = { isTTY, columns: 80, write: (part: string) => (text += part) };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

function planned(): Stages {
  const stages = new Stages(() => 0);
  stages.plan([{ id: 'a', title: 'Kubernetes', expectedSeconds: 300 }]);
  return stages;
}

it('logs the start and the end of each stage once', () => {
  const { stream, text } = terminal(false);
  const stages = planned();
  using progress = showProgress(stages, stream);
  expect(progress).toBeDefined();
  stages.start('a', 'Building.');
  stages.say('Still building.');
  stages.done('a');
  stages.ready('The sandbox is ready.');
  expect(text()).toBe('Kubernetes …\nKubernetes: done in 0 s\nThe sandbox is ready.\n');
});

it('logs why there is no sandbox, and what to do', () => {
  const { stream, text } = terminal(false);
  const stages = planned();
  using progress = showProgress(stages, stream);
  expect(progress).toBeDefined();
  stages.start('a', 'Building.');
  stages.fail(new LabError('LAB_DISK_FULL', 'The disk is full.', { hint: 'Free some space.' }));
  expect(text()).toContain(
    'Kubernetes: failed after 0 s\nNo sandbox (LAB_DISK_FULL): The disk is full.\nFree some space.\n',
  );
});

it('logs what the machine has too little of', () => {
  const { stream, text } = terminal(false);
  const stages = planned();
  using progress = showProgress(stages, stream);
  expect(progress).toBeDefined();
  stages.note([
    { title: 'File watches', detail: 'Enough for 2.', fix: 'sudo sysctl' },
    { title: 'Processors', detail: 'One.' },
  ]);
  expect(text()).toBe('');
  stages.ready('The sandbox is ready.');
  expect(text()).toBe(
    'The sandbox is ready.\nFile watches: Enough for 2.\n  → sudo sysctl\nProcessors: One.\n',
  );
});

it('moves one line in a terminal, and ends it when ready', () => {
  const { stream, text } = terminal(true);
  const stages = planned();
  using progress = showProgress(stages, stream);
  expect(progress).toBeDefined();
  stages.start('a', 'Building.');
  expect(text()).not.toContain('\n');
  stages.ready('The sandbox is ready.');
  expect(text().split('\r\x1b[K').at(-1)).toBe('The sandbox is ready.\n');
});

it('draws the bar within the width of the terminal', () => {
  const stages = planned();
  stages.start('a', 'Building.');
  const status = { ...stages.status(), progress: 0.5 };
  expect(progressLine(status, 80)).toBe('[############············] 50 %  Building.  5 min left');
  expect(progressLine(status, 40)).toHaveLength(39);
});

it('shows seconds, then minutes', () => {
  expect(duration(0.2)).toBe('1 s');
  expect(duration(89)).toBe('89 s');
  expect(duration(290)).toBe('5 min');
});
