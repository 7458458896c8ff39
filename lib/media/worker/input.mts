/** Opening a file, with nothing but media allowed in it, and reading its packets. */
import { closeSync, constants, openSync, statSync } from 'node:fs';
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_PKT_FLAG_CORRUPT,
  AVDISCARD_ALL,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { FormatContext, InputFormat, Packet, type Stream } from 'node-av/lib';
import { check, TaskFailure } from './failure.mjs';
import { withBytes } from './file-bytes.mjs';
import { readLength, type StatedLength } from './length.mjs';

// Containers only: no playlists, no image sequences, no network. A "video" that is really a playlist could otherwise
// make the decoder read any file or address.
const accepted =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,wav,mp3,flac,ogg,aac,avi,mpegts,mpeg,mpegvideo,asf,flv,aiff';
const openOptions = { protocol_whitelist: 'file,subfile', format_whitelist: accepted };
// Formats that FFmpeg also sees in random bytes, and lists of other files.
const unrecognised = ['lrc', 'h263', 'concat', 'sdp'];
const recognitionBytes = 2 ** 16;

export interface Input {
  context: FormatContext;
  /** FFmpeg's name of the container. */
  format: string;
  length: StatedLength;
  video: Stream | null;
  audio: Stream | null;
  /** First packets of the pictures among which some lack what they refer to; 0 until a survey finds them. */
  lead: number;
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
  const result = context.openInputSync(addressOf(file), null, null);
  if (result < 0) refuseUnaccepted(file);
  check(result, 'INVALID', 'not a media file');
  check(context.findStreamInfoSync(null), 'INVALID', 'its tracks cannot be read');
  const best = (type: typeof AVMEDIA_TYPE_VIDEO | typeof AVMEDIA_TYPE_AUDIO) => {
    const stream = context.streams[context.findBestStream(type)] ?? null;
    return stream && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) === 0 ? stream : null;
  };
  const format = context.iformat?.name ?? 'unknown';
  const length = readLength(file, format);
  const [video, audio] = [best(AVMEDIA_TYPE_VIDEO), best(AVMEDIA_TYPE_AUDIO)];
  const input = { context, format, length, video, audio, lead: 0 };
  for (const stream of context.streams) {
    if (stream.index !== input.video?.index && stream.index !== input.audio?.index)
      stream.discard = AVDISCARD_ALL;
  }
  return input;
}

/** 'file:' keeps FFmpeg from reading a protocol into a name such as "concat:a.mp4". Decoders take a tag for sound. */
function addressOf(file: string): string {
  const end = withBytes(file, ({ size, beforeTags }) => (beforeTags < size ? beforeTags : null));
  return end === null ? `file:${file}` : `subfile,,start,0,end,${end},,:file:${file}`;
}

function refuseUnaccepted(file: string): void {
  const format = InputFormat.probe(withBytes(file, (bytes) => bytes.read(0, recognitionBytes)));
  const { name, longName } = format ?? {};
  if (!name || unrecognised.includes(name) || `,${accepted},`.includes(`,${name},`)) return;
  throw new TaskFailure('UNSUPPORTED', `its format is ${name} (${longName}), expected one of ${accepted}`);
}

function checkFile(file: string): void {
  const stat = accessing(() => statSync(file));
  if (!stat.isFile())
    throw new TaskFailure('NOT_A_FILE', `a ${stat.isDirectory() ? 'folder' : 'pipe or device'}, not a file`);
  if (stat.size === 0) throw new TaskFailure('EMPTY', 'the file has no bytes');
  accessing(() => closeSync(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)));
}

function accessing<T>(access: () => T): T {
  try {
    return access();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new TaskFailure('NOT_FOUND', 'no such file');
    if (code === 'ENAMETOOLONG')
      throw new TaskFailure('NOT_FOUND', 'its path is longer than the system allows');
    if (code === 'ELOOP') throw new TaskFailure('UNREADABLE', 'its path is a loop of symbolic links');
    throw new TaskFailure('UNREADABLE', message);
  }
}

/** Calls `visit` with each packet of the two tracks until it returns false or the file ends. */
export function readPackets(input: Input, visit: (packet: Packet) => boolean): void {
  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const result = input.context.readFrameSync(packet);
    if (result === AVERROR_EOF) return;
    check(result, 'TRUNCATED', 'the file cannot be read to its end');
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) !== 0) {
      if (!isOpenEnd(packet, input)) {
        throw new TaskFailure('TRUNCATED', `the packet at byte ${packet.pos} is incomplete`);
      }
      packet.flags = (packet.flags & ~AV_PKT_FLAG_CORRUPT) as typeof packet.flags;
    }
    const go = isTag(packet, input) || visit(packet);
    packet.unref();
    if (!go) return;
  }
}

/** Tags and padding between and behind the frames of mp3 files, one joined from several for one, come as packets. */
function isTag({ data }: Packet, { format }: Input): boolean {
  if (format !== 'mp3' || !data || data[0] === 0xff) return false;
  const start = data.toString('latin1', 0, 11);
  return /^(ID3|TAG|APETAGEX|LYRICSBEGIN)/.test(start) || data.every((byte) => byte === 0);
}

/** A wav file that states no length ends within one of the blocks that FFmpeg reads; its samples are whole. */
function isOpenEnd({ size }: Packet, { format, length, audio }: Input): boolean {
  if (format !== 'wav' || length.stated || !audio) return false;
  const { bitsPerCodedSample, channels } = audio.codecpar;
  return (8 * size) % Math.max(8, bitsPerCodedSample * channels) === 0;
}
