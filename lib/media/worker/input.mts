/** Opening a file, and surveying it: what it holds by reading all of it, not by believing its header. */
import { closeSync, openSync, statSync } from 'node:fs';
import {
  AV_CODEC_ID_VP8,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_FLAG_CORRUPT,
  AV_PKT_FLAG_DISCARD,
  AVDISCARD_ALL,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, FormatContext, Packet, type Rational, type Stream } from 'node-av/lib';
import type { AudioInfo, MediaInfo, VideoInfo } from '../types.js';
import { checkBoxes } from './boxes.mjs';
import { check, TaskFailure } from './failure.mjs';

// Containers only: no playlists, no image sequences, no network. A "video" that is really a playlist could otherwise
// make the decoder read any file or address.
const openOptions = {
  protocol_whitelist: 'file',
  format_whitelist: 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,wav,mp3,flac,ogg,aac,avi,mpegts,flv',
};
// Containers whose header states a duration that the writer knew, so that a shorter content means a cut-off file.
const statesDuration = /matroska|webm|wav/;
const durationTolerance = 0.25;

export interface Input {
  context: FormatContext;
  video: Stream | null;
  audio: Stream | null;
}

/** Opens `file`, lets `use` read it once, and closes it whatever happens. */
export function withInput<T>(file: string, use: (input: Input) => T): T {
  checkFile(file);
  const context = new FormatContext();
  try {
    return use(openInput(file, context));
  } finally {
    context.closeInputSync();
  }
}

function openInput(file: string, context: FormatContext): Input {
  context.allocContext();
  for (const [name, value] of Object.entries(openOptions)) context.setOption(name, value);
  // 'file:' keeps FFmpeg from reading a protocol into a name such as "concat:a.mp4".
  check(context.openInputSync(`file:${file}`, null, null), 'INVALID', 'not a media file');
  check(context.findStreamInfoSync(null), 'INVALID', 'its tracks cannot be read');
  const best = (type: typeof AVMEDIA_TYPE_VIDEO | typeof AVMEDIA_TYPE_AUDIO) => {
    const stream = context.streams[context.findBestStream(type)] ?? null;
    return stream && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) === 0 ? stream : null;
  };
  const input = { context, video: best(AVMEDIA_TYPE_VIDEO), audio: best(AVMEDIA_TYPE_AUDIO) };
  for (const stream of context.streams) {
    if (stream.index !== input.video?.index && stream.index !== input.audio?.index)
      stream.discard = AVDISCARD_ALL;
  }
  return input;
}

function checkFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new TaskFailure('NOT_FOUND', 'no such file');
  if (!stat.isFile())
    throw new TaskFailure('NOT_A_FILE', `a ${stat.isDirectory() ? 'folder' : 'pipe or device'}, not a file`);
  if (stat.size === 0) throw new TaskFailure('EMPTY', 'the file has no bytes');
  try {
    closeSync(openSync(file, 'r'));
  } catch (error) {
    throw new TaskFailure('UNREADABLE', (error as Error).message);
  }
}

/** Calls `visit` with each packet of the two tracks until it returns false or the file ends. */
export function readPackets(context: FormatContext, visit: (packet: Packet) => boolean): void {
  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const result = context.readFrameSync(packet);
    if (result === AVERROR_EOF) return;
    check(result, 'TRUNCATED', 'the file cannot be read to its end');
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) !== 0) {
      throw new TaskFailure('TRUNCATED', `the packet at byte ${packet.pos} is incomplete`);
    }
    const go = visit(packet);
    packet.unref();
    if (!go) return;
  }
}

/** What a file holds, by one pass over its packets without decoding them. */
export function probe(file: string): MediaInfo {
  return withInput(file, (input) => {
    if (input.context.iformat?.name?.includes('mp4')) checkBoxes(file);
    return survey(input);
  });
}

function survey({ context, video, audio }: Input): MediaInfo {
  const tallies = new Map<number, { packets: number; frames: number; end: bigint }>();
  for (const stream of [video, audio])
    if (stream) tallies.set(stream.index, { packets: 0, frames: 0, end: 0n });
  readPackets(context, (packet) => {
    const tally = tallies.get(packet.streamIndex);
    if (!tally) return true;
    tally.packets++;
    const shown = (packet.flags & AV_PKT_FLAG_DISCARD) === 0 && !isHidden(packet, video);
    if (shown) tally.frames++;
    if (packet.pts !== AV_NOPTS_VALUE && packet.pts + packet.duration > tally.end) {
      tally.end = packet.pts + packet.duration;
    }
    return true;
  });
  const format = context.iformat?.name ?? 'unknown';
  for (const stream of [video, audio]) if (stream) checkComplete(stream, tallies.get(stream.index)!.packets);

  const videoInfo = video && describeVideo(video, tallies.get(video.index)!.frames);
  const audioInfo = audio && describeAudio(audio, tallies.get(audio.index)!.end);
  if (!videoInfo && !audioInfo) throw new TaskFailure('NO_TRACK', 'it holds neither pictures nor sound');
  const duration = Math.max(videoInfo?.duration ?? 0, audioInfo?.duration ?? 0);
  const stated = Number(context.duration) / 1e6;
  if (statesDuration.test(format) && stated > 0 && duration + durationTolerance < stated) {
    throw new TaskFailure(
      'TRUNCATED',
      `its header states ${stated.toFixed(2)} s, it holds ${duration.toFixed(2)} s`,
    );
  }
  return { format, duration, video: videoInfo, audio: audioInfo };
}

/** VP8 stores reference frames that are never shown as packets of their own; bit 4 of the first byte tells. */
function isHidden(packet: Packet, video: Stream | null): boolean {
  if (packet.streamIndex !== video?.index || video.codecpar.codecId !== AV_CODEC_ID_VP8) return false;
  return ((packet.data?.[0] ?? 0x10) & 0x10) === 0;
}

function checkComplete(stream: Stream, packets: number): void {
  const kind = stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO ? 'pictures' : 'sound';
  if (packets === 0) throw new TaskFailure('TRUNCATED', `its ${kind} track holds no data`);
  if (stream.nbFrames > packets) {
    throw new TaskFailure(
      'TRUNCATED',
      `its header states ${stream.nbFrames} packets of ${kind}, it holds ${packets}`,
    );
  }
}

export function frameRate(stream: Stream): Rational {
  const rate = [stream.avgFrameRate, stream.rFrameRate].find(({ num, den }) => num > 0 && den > 0);
  if (!rate) throw new TaskFailure('UNSUPPORTED', 'its frame rate is unknown');
  return rate;
}

function describeVideo(stream: Stream, frames: number): VideoInfo {
  const { codecId, width, height } = stream.codecpar;
  if (width <= 0 || height <= 0)
    throw new TaskFailure('INVALID', `its pictures measure ${width} x ${height}`);
  const fps = frameRate(stream).toDouble();
  return {
    codec: avGetCodecName(codecId) ?? 'unknown',
    width,
    height,
    fps,
    frames,
    duration: frames / fps,
    rotation: rotation(stream),
  };
}

/** Clockwise degrees from the display matrix, nine 32-bit fixed-point numbers [a b u; c d v; x y w]. */
function rotation(stream: Stream): number {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix) return 0;
  const degrees = Math.round((Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI);
  return (degrees + 360) % 360;
}

function describeAudio(stream: Stream, end: bigint): AudioInfo {
  const { codecId, sampleRate, channels } = stream.codecpar;
  if (sampleRate <= 0 || channels <= 0) {
    throw new TaskFailure('INVALID', `its sound has ${channels} channels at ${sampleRate} Hz`);
  }
  const start = stream.startTime === AV_NOPTS_VALUE ? 0n : stream.startTime;
  return {
    codec: avGetCodecName(codecId) ?? 'unknown',
    sampleRate,
    channels,
    duration: Number(end - start) * stream.timeBase.toDouble(),
  };
}
