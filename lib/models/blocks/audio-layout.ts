/** How mel frames become chunks, rows and tokens: lengths only, no tensors. */

/** The settings of an audio tower that decide lengths (settings.ts). */
interface AudioLengths {
  chunk: number;
  stem: { strides: readonly number[] };
  windowChunks: number;
  pool: number;
}

export interface AudioLayout {
  /** Mel frames of each chunk, over all audios in order. */
  chunks: number[];
  /** Rows that each chunk leaves after the stem. */
  rows: number[];
  /** Rows of each attention window, and of each audio. */
  windows: number[];
  audios: number[];
}

/** Length after a convolution with kernel 3 and padding 1. */
export function convolved(length: number, stride: number): number {
  return Math.floor((length - 1) / stride) + 1;
}

/** Tokens that an audio of `frames` mel frames becomes. */
export function audioTokens(frames: number, config: AudioLengths): number {
  return Math.floor(layOutAudio([frames], config).audios[0] / config.pool);
}

/** The fewest mel frames of which one token comes. */
export function minAudioFrames({ chunk, stem: { strides }, pool }: AudioLengths): number {
  const rowsOfChunk = strides.reduce(convolved, chunk);
  const wholeChunks = Math.floor((pool - 1) / rowsOfChunk);
  const rest = pool - wholeChunks * rowsOfChunk;
  return wholeChunks * chunk + strides.reduceRight((rows, stride) => (rows - 1) * stride + 1, rest);
}

/** Cuts audios of the given numbers of mel frames into chunks and attention windows; no chunk crosses audios. */
export function layOutAudio(
  frames: readonly number[],
  { chunk, stem, windowChunks }: AudioLengths,
): AudioLayout {
  const layout: AudioLayout = { chunks: [], rows: [], windows: [], audios: [] };
  for (const total of frames) {
    if (!(total > 0)) throw new RangeError(`an audio of ${total} mel frames; expected at least one`);
    const rows: number[] = [];
    for (let start = 0; start < total; start += chunk) {
      const length = Math.min(chunk, total - start);
      layout.chunks.push(length);
      rows.push(stem.strides.reduce(convolved, length));
    }
    for (const count of rows) layout.rows.push(count);
    for (let i = 0; i < rows.length; i += windowChunks)
      layout.windows.push(sum(rows.slice(i, i + windowChunks)));
    layout.audios.push(sum(rows));
  }
  return layout;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
