/** When waiting threads sleep, from samples of what the process's threads did: native/node/spin_policy.h, without threads. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A sample: milliseconds, usable cores, busy threads, milliseconds of all threads on a core and waiting for one. */
type Sample = [interval: number, cores: number, threads: number, run: number, wait: number];

const folder = join(__dirname, '..', '..', 'build');
const quiet: Sample = [20, 2, 2, 38, 1];
/** Three programs of two threads on two cores: each thread waits for two thirds of the time. */
const crowded: Sample = [20, 2, 2, 13, 27];
const idle: Sample = [20, 2, 0, 0, 0];
const times = (count: number, sample: Sample) => Array.from({ length: count }, () => sample);

beforeAll(() => {
  execFileSync('cmake', ['--build', folder, '--target', 'spin_policy_check', '--config', 'Release'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}, 120_000);

/** After each sample: `s` where waiting threads sleep, `.` where they spin. */
function states(...samples: Sample[]): string {
  const input = samples.map((sample) => sample.join(' ')).join('\n');
  const output = execFileSync(join(folder, 'check', 'spin_policy_check'), { input, encoding: 'utf8' });
  return output.replaceAll('\n', '').replaceAll('0', '.').replaceAll('1', 's');
}

/** Lengths of the runs of sleep, in samples. */
const sleeps = (text: string) =>
  text
    .split(/\.+/)
    .filter(Boolean)
    .map((run) => run.length);

test('threads that have their cores spin, and so do those of an idle process', () => {
  expect(states(...times(100, quiet), ...times(100, idle))).toBe('.'.repeat(200));
});

test('two crowded samples in a row end it, one alone does not', () => {
  expect(states(crowded, quiet, crowded, quiet, crowded, crowded, crowded)).toBe('.....ss');
});

test.each([
  ['one busy program beside two threads on two cores: a third taken', [20, 2, 2, 27, 13]],
  ['that program keeps to one of the cores: a quarter taken', [20, 2, 2, 30, 10]],
  ['that program beside two threads and helpers of Node', [20, 2, 2, 27, 19]],
  ['two threads on sixteen cores that are all taken', [20, 16, 2, 14, 26]],
] as [string, Sample][])('crowded: %s', (_, sample) => {
  expect(states(...times(2, sample))).toBe('.s');
});

test.each([
  ['others take a tenth', [20, 2, 2, 36, 4]],
  ["Node's helper threads on cores that the process fills itself", [20, 2, 6, 39, 80]],
  ['two threads on sixteen cores, the others idle', [20, 16, 2, 39, 1]],
  ['a thread alone has nobody to wait for', [20, 2, 1, 7, 13]],
] as [string, Sample][])('not crowded: %s', (_, sample) => {
  expect(states(...times(50, sample))).toBe('.'.repeat(50));
});

test('spinning is tried again after 0.2 s, and after twice the time whenever that fails, up to 3.2 s', () => {
  // 20 ms a sample; a trial that fails takes the sample that ends the sleep and one more.
  expect(sleeps(states(...times(700, crowded))).slice(0, 6)).toEqual([10, 20, 40, 80, 160, 160]);
});

test('after a trial of 0.2 s that was quiet, the next sleep is short again', () => {
  // 100 crowded samples end within the fourth sleep, which the quiet ones do not shorten.
  const text = states(...times(100, crowded), ...times(100, quiet), ...times(20, crowded));
  expect(sleeps(text)).toEqual([10, 20, 40, 80, 10, 7]);
});

test('a long sample counts by its length', () => {
  expect(states(crowded, crowded, [199, 2, 2, 130, 270], [1, 2, 2, 1, 1])).toBe('.ss.');
});
