/** Progress on stderr: a bar on a terminal, a line now and then elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

const linePause = 10_000;

export interface Progress {
  /** @param done finished parts of `total` @param note shown beside it, for example live metrics */
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

export function startProgress(title: string): Progress {
  return process.stderr.isTTY ? bar(title) : lines(title);
}

function bar(title: string): Progress {
  const single = new SingleBar(
    {
      format: `${title.padEnd(22)} {bar} {percentage} % | {eta_formatted} left | {note}`,
      stream: process.stderr,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total, note = '') {
      if (!started) single.start(total, done, { note });
      started = true;
      single.setTotal(total);
      single.update(done, { note });
    },
    stop: () => single.stop(),
  };
}

function lines(title: string): Progress {
  let last = 0;
  let pending = '';
  return {
    update(done, total, note = '') {
      pending =
        `${title}: ${Math.round((100 * done) / Math.max(1, total))} % (${Math.round(done)} of ${Math.round(total)}) ${note}`.trimEnd();
      if (Date.now() - last < linePause) return;
      last = Date.now();
      process.stderr.write(`${pending}\n`);
      pending = '';
    },
    stop() {
      if (pending !== '') process.stderr.write(`${pending}\n`);
    },
  };
}
