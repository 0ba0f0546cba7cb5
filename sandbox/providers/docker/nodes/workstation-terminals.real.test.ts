import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealWorkstation } from '../../../../tests/support/real-workstation.ts';
import { TerminalViewer } from '../../../../tests/support/terminal-viewer.ts';

const real = new RealWorkstation();

beforeAll(async () => real.start());

afterAll(async () => real[Symbol.asyncDispose]());

describe('a connection', () => {
  it('stays open when the signal for its opening is aborted later', async () => {
    const opening = new AbortController();
    const connection = await real.workstation.openTerminal(real.newTerminal(), {
      signal: opening.signal,
    });
    using viewer = new TerminalViewer(connection);
    await viewer.run('true');
    opening.abort();
    expect(await viewer.run('echo still here')).toBe('still here\n');
    expect(viewer.isClosed).toBe(false);
  });

  it('resumes at the exact byte, however often it is cut while a command prints', async () => {
    const number = real.newTerminal();
    let viewer = await real.view(number);
    const script = 'for i in {1..20000}; do echo "行 $i"; (( i % 200 )) || sleep 0.02; done';
    viewer.type(`${script}; echo f""in\r`);
    let printed = Buffer.alloc(0);
    let cuts = 0;
    while (!printed.includes('fin\r\n')) {
      const wanted = 1_000 + cuts * 3_331;
      const arrived = (): boolean => viewer.received > wanted || viewer.bytes.includes('fin\r\n');
      await viewer.until(arrived, 'more output');
      viewer[Symbol.dispose]();
      printed = Buffer.concat([printed, viewer.bytes]);
      cuts++;
      viewer = await real.view(number, { lastOffset: viewer.offset, epoch: viewer.epoch });
    }
    viewer[Symbol.dispose]();
    expect(cuts).toBeGreaterThan(4);
    const lines = [...printed.toString('utf8').matchAll(/行 (\d+)\r\n/g)];
    const expected = Array.from({ length: 20_000 }, (_, i) => i + 1);
    expect(lines.map((match) => Number(match[1]))).toEqual(expected);
  });

  it('gets a snapshot and a notice when it resumes beyond the kept output', async () => {
    const number = real.newTerminal();
    const first = await real.view(number);
    await first.run('true');
    const { offset: lastOffset, epoch } = first;
    first.type('yes 0123456789 | head -c 4000000; touch /tmp/printed\r');
    first[Symbol.dispose]();
    await real.workstation.exec(['bash', '-c', 'until [ -e /tmp/printed ]; do sleep 0.05; done'], {
      signal: real.signal,
    });
    using second = await real.view(number, { lastOffset, epoch });
    await second.until(() => second.snapshots.length === 1, 'snapshot');
    expect(second.messages.map(({ type }) => type)).toContain('notice');
    expect(second.snapshots[0]?.toString('utf8')).toMatch(/^\x1bc.*0123456789\r\n0123456789\r\n/s);
    expect(await second.run('echo goes on')).toBe('goes on\n');
  });

  it('blocks the shell while it acknowledges nothing, and Ctrl-C ends a flood at once', async () => {
    using idle = await real.view(real.newTerminal(), { acks: false });
    idle.type('yes\r');
    await idle.until(() => idle.received >= 500_000, 'a flood');
    await delay(300);
    expect(idle.received).toBeLessThan(600_000);

    using viewer = await real.view();
    viewer.type('yes\r');
    await viewer.until(() => viewer.received > 8_000_000, 'a flood');
    const before = performance.now();
    viewer.type('\x03');
    await viewer.until(() => viewer.bytes.subarray(-40).includes('$'), 'the prompt');
    expect(performance.now() - before).toBeLessThan(1_000);
    const rss = Number(await viewer.run('ps -o rss= -p $(pgrep -f supervisor.mjs)'));
    expect(rss).toBeLessThan(150_000);
  });

  it('is the only driver: others watch until they type', async () => {
    const number = real.newTerminal();
    using first = await real.view(number, { cols: 90 });
    await first.run('true');
    using second = await real.view(number, { cols: 110 });
    await first.until(() => first.messages.at(-1)?.type === 'size', 'watching');
    expect(first.messages.slice(-2)).toMatchObject([
      { type: 'role', role: 'observer' },
      { type: 'size', cols: 110 },
    ]);
    expect(await first.run('stty size')).toBe('30 90\n');
    await second.until(() => second.text.includes('30 90\r\n'), 'the same output');
  });

  it('keeps a full-screen program, even by a snapshot', async () => {
    const number = real.newTerminal();
    const first = await real.view(number);
    first.type("yes '' | head -c 1100000\r");
    await first.until(() => first.received > 2_200_000, 'more than is kept');
    first.type('vim -n note.txt\r');
    await first.until(() => first.text.includes('\x1b[?1049h'), 'vim');
    first.type('ihello 世界\x1b');
    await first.until(() => first.text.includes('世界'), 'text');
    first[Symbol.dispose]();
    using second = await real.view(number);
    await second.until(() => second.text.includes('hello 世界'), 'the screen again');
    expect(second.snapshots[0]?.toString('utf8')).toContain('\x1b[?1049h');
    second.type(':wq\r');
    await second.until(() => second.text.includes('\x1b[?1049l'), 'the end of vim');
    expect(await second.run('cat note.txt')).toContain('hello 世界\n');
  });

  it('is one of sixteen that all see the same output', async () => {
    const number = real.newTerminal();
    const viewers = await Promise.all(Array.from({ length: 16 }, async () => real.view(number)));
    viewers[0]?.type('echo sha""red\r');
    for (const viewer of viewers) {
      await viewer.until(() => viewer.text.includes('shared\r\n'), 'shared output');
    }
    for (const viewer of viewers) viewer[Symbol.dispose]();
  });
});

describe('a terminal answers', () => {
  it('after running out of memory in one process and in many', async () => {
    using viewer = await real.view();
    const hog = 'head -c 700M /dev/zero | tail -c 700M > /dev/null';
    expect(await viewer.run(`${hog}; echo $?`)).toContain('137\n');
    const one = 'head -c 40M /dev/zero | tail -c 40M | (sleep 1; cat > /dev/null) &';
    await viewer.run(`(for i in {1..20}; do ${one} done; wait) 2> /dev/null`, 30_000);
    expect(await viewer.run('echo alive')).toBe('alive\n');
  });

  it('after a fork bomb has ended', async () => {
    using viewer = await real.view();
    await viewer.run('true');
    viewer.type('bomb() { bomb | bomb & }; bomb\r');
    await viewer.until(() => viewer.text.includes('fork: retry'), 'the limit');
    // All but the calling shell.
    viewer.type('kill -KILL -1\r');
    expect(await viewer.run('echo alive')).toContain('alive\n');
    using again = await real.view();
    expect(await again.run('echo alive')).toBe('alive\n');
  });
});
