// One line of progress: rewritten in place on a terminal, a plain line now and then in a log.

const QUIET_MS = 15_000;

/** Returns { update(text), done(text) } writing to stderr, so that stdout stays the command's own. */
function progressLine(stream = process.stderr) {
  let last = performance.now();
  return {
    update(text) {
      if (stream.isTTY) stream.write(`\r\x1b[2K${text}`);
      else if (performance.now() - last > QUIET_MS) {
        last = performance.now();
        stream.write(`${text}\n`);
      }
    },
    done(text) {
      stream.write(`${stream.isTTY ? '\r\x1b[2K' : ''}${text}\n`);
    },
  };
}

/** 123456789 -> '118 MiB'. */
const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;

module.exports = { progressLine, mebibytes };
