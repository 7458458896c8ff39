/** The `probe` task: what a file holds, by reading all of its packets and decoding none, not by believing its header. */
import {
  AV_CODEC_ID_FLAC,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_VP8,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_SKIP_SAMPLES,
  AV_PKT_FLAG_DISCARD,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, Packet, type Stream } from 'node-av/lib';
import type { AudioInfo, MediaInfo, VideoInfo } from '../types.js';
import { decodeHead, decodePacket } from './decoders.mjs';
import { type Matrix, matrixOf, pixelAspectOf, rotationOf } from './display.mjs';
import { TaskFailure } from './failure.mjs';
import { type Timeline, timeline } from './frame-times.mjs';
import { type Input, readPackets, withInput } from './input.mjs';
import type { TrackContent } from './length.mjs';
import { mp3FrameBytes } from './mp3-length.mjs';

// Packets behind the first key frame that may still belong in front of it: more than any decoder holds back.
const headReach = 64;

interface Survey {
  info: MediaInfo;
  /** When the frames are shown; null without pictures. */
  timeline: Timeline | null;
  /** Where the clip's clock starts on the file's, in seconds: with its earlier track. */
  zero: number;
  /** As `Input.lead`. */
  lead: number;
  /** How players turn the pictures. */
  matrix: Matrix | null;
}

export function examine(file: string): Survey {
  return withInput(file, (input) => survey(file, input));
}

export function probe(file: string): MediaInfo {
  return examine(file).info;
}

/** Opens a file that was surveyed, without the tracks that turned out to be empty. */
export function withTracks<T>(file: string, { info, lead }: Survey, use: (input: Input) => T): T {
  return withInput(file, (input) =>
    use({ ...input, lead, video: info.video && input.video, audio: info.audio && input.audio }),
  );
}

/** One track, counted. */
interface Tally extends TrackContent {
  stream: Stream;
  packets: number;
  /** Packets that are shown or heard. */
  frames: number;
  /** Time stamps of what is shown or heard, in ticks; NaN where the container gives none. */
  stamps: number[];
  /** Their times of decoding; NaN where the container gives none. */
  decoded: number[];
  /** Seconds on the file's clock: where the track starts. */
  start: number;
  startsWithKey: boolean;
  /** Decoding times, in the stream's time base. */
  firstDts: bigint | null;
  lastDts: bigint | null;
}

function survey(file: string, input: Input): Survey {
  const { format, length } = input;
  const tallies = new Map<number, Tally>();
  for (const stream of [input.video, input.audio]) {
    if (stream) tallies.set(stream.index, emptyTally(stream));
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
  const found = [...tallies.values()];
  for (const tally of found) settle(tally);
  length.check?.(found);
  if (format === 'flac' && input.audio) checkLast(last, input.audio);

  // What is declared and shows nothing is no track to a player. Sound that is whole and alone may last no time.
  const filled = (stream: Stream | null) =>
    found.find((tally) => tally.stream === stream && tally.frames > 0);
  const video = filled(input.video) ?? null;
  const alone = !video && length.stated ? found.find((tally) => tally.stream === input.audio) : null;
  const audio = filled(input.audio) ?? alone ?? null;
  const tracks = [video, audio].filter((tally) => tally !== null);
  if (tracks.length === 0) throw new TaskFailure('NO_TRACK', 'it holds neither pictures nor sound');
  const lead = video ? skipLead(file, video) : 0;
  const videoInfo = video && describeVideo(video);
  const audioInfo = audio && describeAudio(audio);
  const zero = clockZero(tracks);
  const pictures = video && timeFrames(video, videoInfo!.fps, zero);
  const end = Math.max(...tracks.map((tally) => tally.end));
  const duration = Math.max(end - zero, pictures?.end ?? 0);
  const info = { format, duration, lengthStated: length.stated, video: videoInfo, audio: audioInfo };
  return { info, timeline: pictures, zero, lead, matrix: video && matrixOf(video.stream) };
}

/** The start of the pictures, unless sound starts more than a tick before them: containers round each track apart. */
function clockZero([first, second]: Tally[]): number {
  if (!second) return first!.start;
  const tick = Math.max(first!.stream.timeBase.toDouble(), second.stream.timeBase.toDouble());
  return second.start < first!.start - tick ? second.start : first!.start;
}

function timeFrames({ stream, stamps, decoded, start, end }: Tally, fps: number, zero: number): Timeline {
  const track = { stamps, decoded, delay: stream.codecpar.videoDelay };
  return timeline(track, stream.timeBase.toDouble(), start - zero, end - zero, fps);
}

/**
 * Leaves out the pictures at the start that refer to others in front of it, as players do: a cut may start with an open group
 * of pictures, a recording of a broadcast anywhere. Only decoding tells them from pictures that merely stand out of order.
 * @returns the number of first packets among which they are
 */
function skipLead(file: string, tally: Tally): number {
  const { stream, stamps } = tally;
  const inOrder = stamps.slice(0, headReach).every((stamp) => stamp >= stamps[0]!);
  if (tally.startsWithKey && inOrder) return 0;
  const head = withInput(file, (input) => decodeHead(input, headReach));
  const first = head.stamps[0];
  if (first === undefined) return 0;
  const counted = stamps.some(Number.isNaN);
  tally.stamps = counted
    ? stamps.slice(Math.max(0, head.shown - head.stamps.length)).fill(Number.NaN)
    : stamps.filter((stamp) => stamp >= first);
  if (tally.stamps.length === stamps.length) return 0;
  tally.frames = tally.stamps.length;
  tally.start = seconds(stream, BigInt(first)) ?? tally.start;
  return head.packets;
}

function emptyTally(stream: Stream): Tally {
  const counts = { packets: 0, whole: 0, frames: 0, longest: 0 };
  const unknown = {
    start: Number.POSITIVE_INFINITY,
    end: Number.NEGATIVE_INFINITY,
    firstDts: null,
    lastDts: null,
  };
  return { stream, ...counts, stamps: [], decoded: [], startsWithKey: true, ...unknown };
}

function count(packet: Packet, tally: Tally): void {
  const { stream } = tally;
  if (tally.packets++ === 0) tally.startsWithKey = packet.isKeyframe;
  if (isWhole(packet, stream)) tally.whole++;
  if (packet.dts !== AV_NOPTS_VALUE) {
    tally.firstDts ??= packet.dts;
    tally.longest = Math.max(tally.longest, seconds(stream, packet.dts - (tally.lastDts ?? packet.dts))!);
    tally.lastDts = packet.dts;
  }
  const from = seconds(stream, packet.pts);
  const hidden = (packet.flags & AV_PKT_FLAG_DISCARD) !== 0 || isHidden(packet, stream);
  if (from !== null) tally.start = Math.min(tally.start, startOf(packet, tally, from, hidden));
  if (hidden) return;
  // An empty packet repeats the picture before it.
  if (packet.size > 0) {
    tally.frames++;
    tally.stamps.push(from === null ? Number.NaN : Number(packet.pts));
    tally.decoded.push(packet.dts === AV_NOPTS_VALUE ? Number.NaN : Number(packet.dts));
  }
  // Avi and MPEG give some pictures no time but that of decoding.
  const time = from ?? seconds(stream, packet.dts);
  if (time !== null) tally.end = Math.max(tally.end, time + seconds(stream, durationOf(packet, stream))!);
}

/** FFmpeg gives the last packet of a short Vorbis file a duration below zero, read as 32 bits without sign. */
function durationOf({ duration }: Packet, { codecpar }: Stream): bigint {
  return codecpar.codecType === AVMEDIA_TYPE_VIDEO ? duration : BigInt.asIntN(32, duration);
}

/** Where a track without presentation times starts and, if it has no packets, ends. */
function settle(tally: Tally): void {
  const { stream, stamps, firstDts } = tally;
  const start = seconds(stream, firstDts ?? stream.startTime) ?? 0;
  // Where pictures are told apart by counting, so is their first.
  if (stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO && stamps.some(Number.isNaN)) tally.start = start;
  if (tally.start === Number.POSITIVE_INFINITY) tally.start = start;
  if (tally.end === Number.NEGATIVE_INFINITY) tally.end = tally.start;
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
    rotation: rotationOf(matrixOf(tally.stream)),
    sampleAspectRatio: pixelAspectOf(tally.stream)?.toDouble() ?? 1,
  };
}

/**
 * The container's average rate, unless it contradicts the frames' own times: a Matroska file of variable rate, for
 * one, states the rate of its shortest frame.
 */
function averageRate({ stream, frames, stamps, start, end }: Tally): number {
  const stated = [stream.avgFrameRate, stream.rFrameRate]
    .find(({ num, den }) => num > 0 && den > 0)
    ?.toDouble();
  const span = end - start;
  // Times of decoding may be off by the frames that a decoder holds back.
  const slack = stamps.some(Number.isNaN) ? 4.5 : 1.5;
  if (stated && (span === 0 || Math.abs(frames / stated - span) <= slack / stated)) return stated;
  if (span === 0) throw new TaskFailure('UNSUPPORTED', 'its frame rate is unknown');
  return frames / span;
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
