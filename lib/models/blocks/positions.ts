/**
 * Time-aligned multimodal rotary positions (TMRoPE, Qwen2.5-Omni report, arXiv 2503.20215): the position of every
 * token of a prompt on the axes of time, height and width, and the order of the tokens of a clip's two tracks.
 * Numbers only, no tensors; transformers' get_rope_index of both model families is the reference.
 */
import { type LayoutEnd, type MediaSpan, Modality, type TokenLayout } from '../../batch/index.js';
import type { PositionsConfig } from './settings.js';

type Point = readonly [time: number, height: number, width: number];

/** Lays out the spans of one prompt in order, after what ended at `from`. */
export function layOut(
  spans: readonly MediaSpan[],
  config: PositionsConfig,
  from: LayoutEnd = { free: 0, next: 0 },
): TokenLayout {
  const layout: TokenLayout = { time: [], height: [], width: [], modality: [], end: from };
  // The next free id follows the piece appended last, which can end before an earlier piece of the same clip.
  let { free } = from;
  const append = (points: readonly Point[], modality: number) => {
    if (points.length === 0) return;
    let last = 0;
    for (const [time, height, width] of points) {
      layout.time.push(time);
      layout.height.push(height);
      layout.width.push(width);
      layout.modality.push(modality);
      last = Math.max(last, time, height, width);
    }
    free = last + 1;
    layout.end = { free, next: Math.max(layout.end.next, free) };
  };

  for (const span of spans) {
    switch (span.kind) {
      case 'text':
        append(line(free, span.length), Modality.text);
        break;
      case 'audio':
        append(line(free, span.tokens, config.idsPerAudioToken), Modality.audio);
        break;
      case 'image':
        append(grid(free, { ...span, times: [0] }, config), Modality.image);
        break;
      case 'video':
        append(grid(free, span, config), Modality.video);
        break;
      case 'clip': {
        // Chunked: both begin markers have one id, and so have both end markers. Merged: every marker has its own.
        const markers = (): Point[] =>
          config.rule === 'chunked' ? [...line(free, 1), ...line(free, 1)] : line(free, 2);
        append(markers(), Modality.text);
        const video = grid(free, span, config);
        const audio = line(free, span.tokens, config.idsPerAudioToken);
        for (const [modality, points] of interleave(video, audio, free, config)) append(points, modality);
        append(markers(), Modality.text);
      }
    }
  }
  return layout;
}

/** Points that are equal on all axes: text and audio. */
function line(start: number, length: number, step = 1): Point[] {
  return Array.from({ length }, (_, i): Point => {
    const id = start + i * step;
    return [id, id, id];
  });
}

type Grid = { rows: number; columns: number; times: readonly number[] };

/** Cells of a video: time moves with the frame group, height and width with the cell. */
function grid(start: number, { rows, columns, times }: Grid, config: PositionsConfig): Point[] {
  const points: Point[] = [];
  for (const seconds of times) {
    // float32 as in the reference: truncation can differ by one id otherwise.
    const exact = Math.fround(Math.fround(seconds) * config.idsPerSecond);
    const time = start + (config.rule === 'chunked' ? Math.trunc(exact) : exact);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) points.push([time, start + row, start + column]);
    }
  }
  return points;
}

/** The order of a clip's tokens, as pieces appended one after the other. */
function* interleave(
  video: Point[],
  audio: Point[],
  start: number,
  config: PositionsConfig,
): Generator<[number, Point[]]> {
  if (config.rule === 'chunked') {
    const length = Math.trunc(config.idsPerSecond * config.chunkSeconds);
    const videoChunks = chunks(video, start, length);
    const audioChunks = chunks(audio, start, length);
    for (let i = 0; i < Math.max(videoChunks.length, audioChunks.length); i++) {
      yield [Modality.video, videoChunks[i] ?? []];
      yield [Modality.audio, audioChunks[i] ?? []];
    }
    return;
  }
  let v = 0;
  let a = 0;
  while (v < video.length && a < audio.length) {
    if (video[v][0] <= audio[a][0]) yield [Modality.video, [video[v++]]];
    else yield [Modality.audio, [audio[a++]]];
  }
  yield [Modality.video, video.slice(v)];
  yield [Modality.audio, audio.slice(a)];
}

/** Cuts at multiples of `length`; a jump over two boundaries opens one chunk only, as in the reference. */
function chunks(points: Point[], start: number, length: number): Point[][] {
  const cut: Point[][] = [[]];
  for (const point of points) {
    if (point[0] - start >= cut.length * length) cut.push([]);
    cut.at(-1)!.push(point);
  }
  return cut;
}
