/** The `probe` task: what a file holds, by reading all of its packets and decoding none, not by believing its header. */
import {
  AV_CODEC_ID_FLAC,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_VP8,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_SKIP_SAMPLES,
  AV_PKT_FLAG_DISCARD,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, Packet, type Stream } from 'node-av/lib';
import type { AudioInfo, MediaInfo, VideoInfo } from '../types.js';
import { decodePacket } from './decoders.mjs';
import { TaskFailure } from './failure.mjs';
import { type Timeline, timeline } from './frame-times.mjs';
import { type Input, readPackets, withInput } from './input.mjs';
import { mp3FrameBytes } from './mp3-length.mjs';

// Containers whose header states a duration that the writer knew, so that a shorter content means a cut-off file.
const statesDuration = /matroska|webm|wav|flv/;
const durationTolerance = 0.25;

export interface Survey {
  info: MediaInfo;
  /** When the frames are shown; null without pictures. */
  timeline: Timeline | null;
  /** Where the clip's clock starts on the file's, in seconds: with its earlier track. */
  zero: number;
}

export function examine(file: string): Survey {
  return withInput(file, survey);
}

export function probe(file: string): MediaInfo {
  return examine(file).info;
}

/** One track, counted. */
interface Tally {
  stream: Stream;
  packets: number;
  /** Packets that are shown or heard. */
  frames: number;
  /** Packets that are there to their last byte, as far as they tell. */
  whole: number;
  /** Time stamps of what is shown or heard, in ticks; NaN where the container gives none. */
  stamps: number[];
  /** Seconds on the file's clock: where the track starts and where its last packet ends. */
  start: number;
  end: number;
}

function survey(input: Input): Survey {
  const { context, format, length, video, audio } = input;
  const tallies = new Map<number, Tally>();
  for (const stream of [video, audio]) {
    if (!stream) continue;
    const unknown = { start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY };
    tallies.set(stream.index, { stream, packets: 0, frames: 0, whole: 0, stamps: [], ...unknown });
  }
  using last = new Packet();
  last.alloc();
  readPackets(input, (packet) => {
    const tally = tallies.get(packet.streamIndex);
    if (tally) count(packet, tally);
    if (format === 'flac') {
      last.unref();
      last.ref(packet);
    }
    return true;
  });
  const clock = tallies.get((video ?? audio)?.index ?? -1);
  if (!clock) throw new TaskFailure('NO_TRACK', 'it holds neither pictures nor sound');
  for (const tally of tallies.values()) {
    checkComplete(tally);
    if (tally.start > tally.end) tally.start = tally.end = seconds(tally.stream, tally.stream.startTime) ?? 0;
  }
  if (format === 'flac' && audio) checkLast(last, audio);

  const end = Math.max(...[...tallies.values()].map((tally) => tally.end));
  const stated = Number(context.duration) / 1e6;
  if (statesDuration.test(format) && end + durationTolerance < stated) {
    const reason = `its header states ${stated.toFixed(2)} s, it holds ${end.toFixed(2)} s`;
    throw new TaskFailure('TRUNCATED', reason);
  }
  length.check?.({ frames: clock.whole, seconds: clock.end });
  const videoInfo = video && describeVideo(tallies.get(video.index)!);
  const audioInfo = audio && describeAudio(tallies.get(audio.index)!);
  const zero = clockZero([...tallies.values()]);
  const pictures = video && videoInfo && timeFrames(tallies.get(video.index)!, videoInfo.fps, zero);
  const duration = Math.max(end - zero, pictures?.end ?? 0);
  const info = { format, duration, lengthStated: length.stated, video: videoInfo, audio: audioInfo };
  return { info, timeline: pictures, zero };
}

/** The start of the pictures, unless sound starts more than a tick before them: containers round each track apart. */
function clockZero([first, second]: Tally[]): number {
  if (!second) return first!.start;
  const tick = Math.max(first!.stream.timeBase.toDouble(), second.stream.timeBase.toDouble());
  return second.start < first!.start - tick ? second.start : first!.start;
}

function timeFrames({ stream, stamps, start, end }: Tally, fps: number, zero: number): Timeline {
  return timeline(stamps, stream.timeBase.toDouble(), start - zero, end - zero, fps);
}

function count(packet: Packet, tally: Tally): void {
  const { stream } = tally;
  tally.packets++;
  if (isWhole(packet, stream)) tally.whole++;
  const from = seconds(stream, packet.pts);
  const hidden = (packet.flags & AV_PKT_FLAG_DISCARD) !== 0 || isHidden(packet, stream);
  if (from !== null) tally.start = Math.min(tally.start, startOf(packet, tally, from, hidden));
  if (hidden) return;
  tally.frames++;
  tally.stamps.push(from === null ? Number.NaN : Number(packet.pts));
  if (from !== null) tally.end = Math.max(tally.end, seconds(stream, packet.pts + packet.duration)!);
}

/** Where a track starts as far as this packet tells; infinity where it tells nothing. */
function startOf(packet: Packet, { stream, start }: Tally, from: number, hidden: boolean): number {
  const { codecType, sampleRate } = stream.codecpar;
  // Pictures may be stored out of order.
  if (codecType === AVMEDIA_TYPE_VIDEO) return hidden ? start : from;
  // Of sound the first packet says how many samples the decoder drops, even beyond its own: an encoder's priming, or an edit.
  if (start !== Number.POSITIVE_INFINITY) return start;
  const skip = packet.getSideData(AV_PKT_DATA_SKIP_SAMPLES)?.readUInt32LE(0) ?? 0;
  return hidden && skip === 0 ? start : from + skip / sampleRate;
}

function seconds({ timeBase }: Stream, time: bigint): number | null {
  return time === AV_NOPTS_VALUE ? null : (Number(time) * timeBase.num) / timeBase.den;
}

/** VP8 stores reference frames that are never shown as packets of their own; bit 4 of the first byte tells. */
function isHidden(packet: Packet, { codecpar }: Stream): boolean {
  return codecpar.codecId === AV_CODEC_ID_VP8 && ((packet.data?.[0] ?? 0x10) & 0x10) === 0;
}

/** FFmpeg passes on what the file holds of its last mp3 frame. */
function isWhole({ data, size }: Packet, { codecpar }: Stream): boolean {
  return codecpar.codecId !== AV_CODEC_ID_MP3 || !data || size >= mp3FrameBytes(data);
}

/**
 * FLAC's frames do not state their size: whether the last one is whole shows when it is decoded. What does not start like
 * a frame (RFC 9639, section 9.1) belongs to a tag behind the last one.
 */
function checkLast(packet: Packet, stream: Stream): void {
  const [first, second] = packet.data ?? [];
  if (stream.codecpar.codecId !== AV_CODEC_ID_FLAC || first !== 0xff || (second! & 0xfe) !== 0xf8) return;
  try {
    decodePacket(packet, stream);
  } catch (error) {
    throw new TaskFailure('TRUNCATED', `its last frame is incomplete: ${(error as Error).message}`);
  }
}

function checkComplete({ stream, packets }: Tally): void {
  const codec = nameOf(stream);
  if (packets === 0) throw new TaskFailure('TRUNCATED', `its ${codec} track holds no data`);
  if (stream.nbFrames > packets) {
    const reason = `its header states ${stream.nbFrames} packets of ${codec}, it holds ${packets}`;
    throw new TaskFailure('TRUNCATED', reason);
  }
}

function describeVideo(tally: Tally): VideoInfo {
  const { width, height } = tally.stream.codecpar;
  if (width <= 0 || height <= 0)
    throw new TaskFailure('INVALID', `its pictures measure ${width} x ${height}`);
  const fps = averageRate(tally);
  return {
    codec: nameOf(tally.stream),
    width,
    height,
    fps,
    frames: tally.frames,
    duration: tally.frames / fps,
    rotation: rotation(tally.stream),
  };
}

/**
 * The container's average rate, unless it contradicts the frames' own times: a Matroska file of variable rate, for
 * one, states the rate of its shortest frame.
 */
function averageRate({ stream, frames, start, end }: Tally): number {
  const stated = [stream.avgFrameRate, stream.rFrameRate]
    .find(({ num, den }) => num > 0 && den > 0)
    ?.toDouble();
  const span = end - start;
  if (stated && (span === 0 || Math.abs(frames / stated - span) <= 1.5 / stated)) return stated;
  if (span === 0) throw new TaskFailure('UNSUPPORTED', 'its frame rate is unknown');
  return frames / span;
}

/** Clockwise degrees from the display matrix, nine 32-bit fixed-point numbers [a b u; c d v; x y w]. */
function rotation(stream: Stream): number {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix) return 0;
  const degrees = Math.round((Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI);
  return (degrees + 360) % 360;
}

function describeAudio({ stream, start, end }: Tally): AudioInfo {
  const { sampleRate, channels } = stream.codecpar;
  if (sampleRate <= 0 || channels <= 0) {
    throw new TaskFailure('INVALID', `its sound has ${channels} channels at ${sampleRate} Hz`);
  }
  return { codec: nameOf(stream), sampleRate, channels, duration: end - start };
}

function nameOf(stream: Stream): string {
  return avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
}
