/** What a user sees while a recipe runs. The command line prints it; a program may leave it out. */

export interface Progress {
  /** @param done finished parts of `total` @param note shown beside it, for example live metrics */
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

export interface ProgressOptions {
  /** The work may end before its last part: the time left is the longest. */
  mayEndEarly?: boolean;
}

export interface Display {
  log(line: string): void;
  progress(title: string, options?: ProgressOptions): Progress;
}

/** Shows nothing. */
export const noDisplay: Display = {
  log() {},
  progress: () => ({ update() {}, stop() {} }),
};
