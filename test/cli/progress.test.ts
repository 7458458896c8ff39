import { terminal } from '../../lib/cli/display.js';
import { secondsLeft, startProgress, stopProgress, timeText } from '../../lib/cli/progress.js';
import { trainingProgress } from '../../lib/recipe/training-progress.js';
import { earsight } from './run.js';

/** What is written while `work` shows progress on a terminal of so many columns, or on none. */
async function written(columns: number | null, work: () => void | Promise<void>): Promise<string> {
  let text = '';
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const { isTTY, columns: before } = process.stderr;
  Object.assign(process.stderr, { isTTY: columns !== null, columns });
  try {
    await work();
  } finally {
    stopProgress();
    write.mockRestore();
    Object.assign(process.stderr, { isTTY, columns: before });
  }
  return text.replaceAll(cursorToStart, '\r').replaceAll(otherControls, '');
}

const ESC = String.fromCharCode(27);
const cursorToStart = `${ESC}[1G`;
const otherControls = new RegExp(`${ESC}(\\[[?\\d;]*\\w|\\d)`, 'g');
const wrong = /NF|LL|NaN|Infinity|undefined|-\d/;

describe.each([120, null])('progress on a terminal of %s columns', (columns) => {
  it.each([
    [0, 10],
    [0, 0],
    [1, 3],
    [10, 10],
  ])('has no time that is no number at %i of %i', async (done, total) => {
    const text = await written(columns, () => {
      const progress = startProgress('working');
      progress.update(done, total);
      progress.update(done, total);
      progress.stop();
    });
    expect(text).toContain('working');
    expect(text).not.toMatch(wrong);
    expect(text).not.toContain(' left');
  });

  it('tells the time from the pace since the first update', async () => {
    const text = await written(columns, () => {
      const now = jest.spyOn(performance, 'now');
      const at = (seconds: number) => now.mockReturnValue(1000 * seconds);
      at(0);
      const progress = startProgress('working');
      at(60);
      progress.update(2, 10);
      at(64);
      progress.update(4, 10);
      now.mockRestore();
      progress.stop();
    });
    // 2 s each, 6 to do; the first minute is not theirs.
    expect(text).toContain('about 12 s left');
  });

  it('tells the time of a resumed training from its own steps', async () => {
    const state = (step: number) => ({ step, maxSteps: 1000, seconds: 1e6 }) as never;
    const control = { stop() {}, save() {} };
    const text = await written(columns, async () => {
      const { onStepEnd, onLog, onTrainEnd } = trainingProgress(terminal, 'SFT', ['loss']);
      await onStepEnd?.(state(501), control);
      await onLog?.(state(501), control, { loss: -0.0001 });
      const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 2000);
      await onStepEnd?.(state(503), control);
      now.mockRestore();
      await onTrainEnd?.(state(503), control);
    });
    // 1 s a step, 497 steps: 8.3 min.
    expect(text).toContain('at most 9 min left, step 503, loss 0.000');
  });
});

test('a bar never fills more than a line, and listens to no signals', async () => {
  const listeners = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
  const text = await written(60, () => {
    startProgress('working').update(1, 2, 'x'.repeat(200));
    expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')).toBe(listeners);
  });
  for (const line of text.split(/[\r\n]+/)) expect(line.length).toBeLessThan(60);
});

test('a command that fails leaves no bar that would keep the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await written(100, async () => {
    startProgress('working').update(1, 2);
    expect(timers()).toBe(before + 1);
    await earsight('report', '/nowhere');
    expect(timers()).toBe(before);
  });
});

test.each([
  [10, 0, 5, null],
  [0, 0, 5, null],
  [10, 5, 5, 10],
  [10, 5, 0, null],
  [10, 5, -1, null],
  [Number.NaN, 5, 5, null],
])('after %f s, %i done and %i to do: %s s', (seconds, done, remaining, left) => {
  expect(secondsLeft(seconds, done, remaining)).toBe(left);
});

test.each([
  [0, '0 s'],
  [0.2, '1 s'],
  [100, '100 s'],
  [101, '2 min'],
  [6000, '100 min'],
  [9000, '2.5 h'],
])('%f seconds are %s', (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
