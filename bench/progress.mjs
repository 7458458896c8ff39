// Which row is measured, and how long the rest takes: to stderr, so that results can be piped.

/** `left`: seconds. */
export function timeText(left) {
  return left < 90 ? `${Math.max(1, Math.round(left))} s` : `${Math.round(left / 60)} min`;
}

export class Progress {
  #started = performance.now();
  #done = 0;

  constructor(rows) {
    this.rows = rows;
  }

  /** Says the next row, if there is one. Rows take about the same time each, as far as one can know. */
  next() {
    const row = this.rows[this.#done];
    if (row === undefined) return;
    const seconds = (performance.now() - this.#started) / 1e3 / this.#done;
    const left = this.#done > 0 ? `, about ${timeText(seconds * (this.rows.length - this.#done))} left` : '';
    this.#done += 1;
    process.stderr.write(`row ${this.#done} of ${this.rows.length}: ${row.id}, ${row.title}${left}\n`);
  }
}
