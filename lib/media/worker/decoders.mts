/** One pass over an open file: packets through the decoders of the wanted tracks, frames into sinks. */
import { AV_FRAME_FLAG_CORRUPT, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
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
  const tracks = new Map(sinks.map((sink) => [sink.stream.index, new Track(sink)]));
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

/** Decodes the first frame of a packet that needs no other, or fails. */
export function decodePacket(packet: Packet, stream: Stream): void {
  const track = new Track({
    stream,
    done: false,
    take() {
      this.done = true;
    },
  });
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
  #frames = 0;

  constructor(sink: Sink) {
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
    check(this.#decoder.sendPacketSync(packet), 'DAMAGED', this.#where());
    while (!this.#sink.done) {
      const result = this.#decoder.receiveFrameSync(this.#frame);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
      check(result, 'DAMAGED', this.#where());
      if (this.#frame.decodeErrorFlags !== 0 || (this.#frame.flags & AV_FRAME_FLAG_CORRUPT) !== 0) {
        throw new TaskFailure('DAMAGED', `${this.#where()}: it was coded from missing or broken data`);
      }
      this.#frames++;
      this.#sink.take(this.#frame);
      this.#frame.unref();
    }
  }

  close(): void {
    this.#frame.free();
    this.#decoder.freeContext();
  }

  #where(): string {
    return `frame ${this.#frames} of track ${this.#sink.stream.index} cannot be decoded`;
  }
}
