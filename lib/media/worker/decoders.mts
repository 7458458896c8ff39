/** One pass over an open file: packets through the decoders of the wanted tracks, frames into sinks. */
import {
  AV_FRAME_FLAG_CORRUPT,
  AV_FRAME_FLAG_INTERLACED,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_DISCARD,
  AVERROR_EAGAIN,
  AVERROR_EOF,
} from 'node-av/constants';
import { avGetCodecName, Codec, CodecContext, Frame, type Packet, type Stream } from 'node-av/lib';
import { check, TaskFailure } from './failure.mjs';
import { type Input, readPackets } from './input.mjs';

/** Receives the frames of one track in order of presentation. The frame is reused after `take` returns. */
export interface Sink {
  stream: Stream;
  take(frame: Frame): void;
  /** Wants no further frame; the pass ends early when every sink is done. */
  done: boolean;
}

/** Decodes until every sink is done or the file ends. Damage is an error: concealed pictures are never passed on. */
export function decodeInto(input: Input, sinks: Sink[]): void {
  const tracks = new Map(
    sinks.map((sink) => [sink.stream.index, new Track(sink, leadOf(sink.stream, input))]),
  );
  try {
    readPackets(input, (packet) => {
      tracks.get(packet.streamIndex)?.feed(packet);
      return sinks.some((sink) => !sink.done);
    });
    for (const track of tracks.values()) track.feed(null);
  } finally {
    for (const track of tracks.values()) track.close();
  }
}

/** Packets that may fail: of pictures by what the survey found, of sound the first one where a recording may start anywhere. */
function leadOf({ index }: Stream, { video, lead, format }: Input): number {
  if (index === video?.index) return lead;
  return format === 'mpegts' || format === 'mpeg' ? 1 : 0;
}

/**
 * Decodes the pictures up to `reach` packets behind the first key frame. Those that lack what they refer to are left out.
 * @returns how many of these packets are pictures to be shown, and the stamps of those that were decoded
 */
export function decodeHead(
  input: Input,
  reach: number,
): { packets: number; shown: number; stamps: number[] } {
  const stamps: number[] = [];
  const stream = input.video!;
  const take = (frame: Frame) => void stamps.push(stampOf(frame));
  const track = new Track({ stream, done: false, take }, Number.POSITIVE_INFINITY);
  let [packets, shown, last] = [0, 0, Number.POSITIVE_INFINITY];
  try {
    readPackets(input, (packet) => {
      if (packet.streamIndex !== stream.index) return true;
      if (packet.isKeyframe) last = Math.min(last, packets + reach);
      if (packet.size > 0 && (packet.flags & AV_PKT_FLAG_DISCARD) === 0) shown++;
      track.feed(packet);
      return ++packets < last;
    });
    track.feed(null);
  } finally {
    track.close();
  }
  return { packets, shown, stamps };
}

/** The frame's time in its stream's ticks, by the decoder's best guess where the container gives none. */
export function stampOf({ pts, bestEffortTimestamp }: Frame): number {
  return Number(pts === AV_NOPTS_VALUE ? bestEffortTimestamp : pts);
}

/** Decodes the first frame of a packet that needs no other, or fails. */
export function decodePacket(packet: Packet, stream: Stream): void {
  const sink: Sink = {
    stream,
    done: false,
    take() {
      this.done = true;
    },
  };
  const track = new Track(sink, 0);
  try {
    track.feed(packet);
    track.feed(null);
  } finally {
    track.close();
  }
}

class Track {
  readonly #sink: Sink;
  readonly #decoder: CodecContext;
  readonly #frame = new Frame();
  readonly #lead: number;
  #packets = 0;
  #frames = 0;

  /** @param lead the number of first packets whose failure, and that of their frames, is passed over */
  constructor(sink: Sink, lead: number) {
    this.#lead = lead;
    const { codecpar, timeBase } = sink.stream;
    const codec = Codec.findDecoder(codecpar.codecId);
    const name = avGetCodecName(codecpar.codecId) ?? 'unknown';
    if (!codec) throw new TaskFailure('UNSUPPORTED', `no decoder for its codec "${name}"`);
    this.#sink = sink;
    this.#frame.alloc();
    this.#decoder = new CodecContext();
    this.#decoder.allocContext3(codec);
    check(codecpar.toContext(this.#decoder), 'INVALID', `its ${name} parameters make no sense`);
    // The time base lets the decoder drop an encoder's priming samples by the container's edit list.
    this.#decoder.pktTimebase = timeBase;
    // Workers are the parallelism; one thread each keeps memory and results the same everywhere.
    this.#decoder.threadCount = 1;
    check(this.#decoder.open2Sync(codec), 'UNSUPPORTED', `the ${name} decoder refuses it`);
  }

  /** `null` drains the decoder. */
  feed(packet: Packet | null): void {
    // An empty packet repeats a picture; the decoder takes it for the end.
    if (this.#sink.done || packet?.size === 0) return;
    this.#packets++;
    const sent = this.#decoder.sendPacketSync(packet);
    if (!this.#lenient) check(sent, 'DAMAGED', this.#where());
    while (!this.#sink.done) {
      const result = this.#decoder.receiveFrameSync(this.#frame);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF || (result < 0 && this.#lenient)) return;
      check(result, 'DAMAGED', this.#where());
      if (this.#frame.decodeErrorFlags !== 0 || (this.#frame.flags & AV_FRAME_FLAG_CORRUPT) !== 0) {
        if (this.#lenient) {
          this.#frame.unref();
          continue;
        }
        throw new TaskFailure('DAMAGED', `${this.#where()}: it was coded from missing or broken data`);
      }
      this.#frames++;
      // The two fields of a picture stay woven: the scaler does not take one kind for the other.
      this.#frame.clearFlags(AV_FRAME_FLAG_INTERLACED);
      this.#sink.take(this.#frame);
      this.#frame.unref();
    }
  }

  /** The decoder holds back frames, so that the first good one may follow the lead. */
  get #lenient(): boolean {
    return this.#packets <= this.#lead || (this.#lead > 0 && this.#frames === 0);
  }

  close(): void {
    this.#frame.free();
    this.#decoder.freeContext();
  }

  #where(): string {
    return `frame ${this.#frames} of track ${this.#sink.stream.index} cannot be decoded`;
  }
}
