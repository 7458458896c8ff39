/** Progress on stderr: a bar on a terminal, a line now and then elsewhere. */
import { Presets, SingleBar } from 'cli-progress';
import type { Progress, ProgressOptions } from '../recipe/index.js';

const linePause = 10_000;
const barWidth = 20;

/** Bars on the terminal: each has a timer that keeps the process alive. */
const bars = new Set<Shown>();

export function startProgress(title: string, { mayEndEarly = false }: ProgressOptions = {}): Progress {
  // The pace is that since the first update: what comes before it is a resume's, or the start of processes.
  let first: { done: number; time: number } | null = null;
  const show = process.stderr.isTTY ? bar(title) : lines(title);
  return {
    update(done, total, note) {
      const time = performance.now();
      first ??= { done, time };
      const left = secondsLeft((time - first.time) / 1000, done - first.done, total - done);
      const remaining = left === null ? [] : [`${mayEndEarly ? 'at most' : 'about'} ${timeText(left)} left`];
      show.update(done, total, [...remaining, ...(note ? [note] : [])].join(', '));
    },
    stop: show.stop,
  };
}

/** At the pace so far; null before there is one, and at the end. */
export function secondsLeft(seconds: number, done: number, remaining: number): number | null {
  const left = (seconds / done) * remaining;
  return done > 0 && left > 0 && left < Infinity ? left : null;
}

/** `90 s`, `12 min`, `3.5 h` */
export function timeText(seconds: number): string {
  if (seconds <= 100) return `${Math.ceil(seconds)} s`;
  return seconds <= 6000 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Ends the bars of work that failed. */
export function stopProgress(): void {
  for (const shown of bars) shown.stop();
}

interface Shown {
  update(done: number, total: number, text: string): void;
  stop(): void;
}

function bar(title: string): Shown {
  const head = title.padEnd(22);
  const single = new SingleBar(
    {
      format: `${head} {bar} {percentage} % | {text}`,
      stream: process.stderr,
      barsize: barWidth,
      // Nothing is changed of the terminal that a signal would leave so, and signals are not listened to.
      linewrap: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const room = () => Math.max(0, (process.stderr.columns || 80) - head.length - barWidth - 12);
  const shown: Shown = {
    update(done, total, text) {
      const payload = { text: text.slice(0, room()) };
      if (!bars.has(shown)) single.start(total, done, payload);
      bars.add(shown);
      single.setTotal(total);
      single.update(done, payload);
    },
    stop() {
      bars.delete(shown);
      single.stop();
    },
  };
  return shown;
}

function lines(title: string): Shown {
  let last = Number.NEGATIVE_INFINITY;
  let pending = '';
  return {
    update(done, total, text) {
      const percentage = Math.round((100 * done) / Math.max(1, total));
      pending = `${title}: ${percentage} % (${Math.round(done)} of ${Math.round(total)}) ${text}`.trimEnd();
      if (performance.now() - last < linePause) return;
      last = performance.now();
      process.stderr.write(`${pending}\n`);
      pending = '';
    },
    stop() {
      if (pending !== '') process.stderr.write(`${pending}\n`);
    },
  };
}
