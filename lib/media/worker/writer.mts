/**
 * Writes one clip. Fixed settings, one thread and no time stamps of its own, so that the same input gives the same bytes
 * with the same FFmpeg.
 */
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_FLAG_BITEXACT,
} from 'node-av/constants';
import { Codec, CodecContext, FormatContext, Frame, Packet, Rational, type Stream } from 'node-av/lib';
import { check, TaskFailure } from './failure.mjs';
import { Scaler } from './scaler.mjs';

interface Container {
  format: string;
  video?: keyof typeof videoOptions;
  audio?: keyof typeof audioOptions;
}

const containers: Record<string, Container> = {
  mp4: { format: 'mp4', video: 'libx264', audio: 'aac' },
  mkv: { format: 'matroska', video: 'libx264', audio: 'aac' },
  webm: { format: 'webm', video: 'libvpx-vp9', audio: 'libopus' },
  wav: { format: 'wav', audio: 'pcm_s16le' },
  mjpeg: { format: 'mjpeg', video: 'mjpeg' },
};
// Visually lossless on small clips, and fast. The largest quantiser that mjpeg may take is its quality: 2 is the best.
const videoOptions = {
  libx264: { preset: 'veryfast', crf: '18' },
  'libvpx-vp9': { deadline: 'good', 'cpu-used': '4', crf: '20', b: '0' },
  mjpeg: { qmin: '2', qmax: '2' },
};
/** JPEG has the full range, video the range of broadcasts. */
const videoFormats = {
  libx264: { pixels: AV_PIX_FMT_YUV420P, range: AVCOL_RANGE_MPEG },
  'libvpx-vp9': { pixels: AV_PIX_FMT_YUV420P, range: AVCOL_RANGE_MPEG },
  mjpeg: { pixels: AV_PIX_FMT_YUVJ420P, range: AVCOL_RANGE_JPEG },
};

function containerOf(out: string): Container {
  const ending = out.slice(out.lastIndexOf('.') + 1).toLowerCase();
  const container = containers[ending];
  if (!container) bad(`cannot write ".${ending}" files: expected .${Object.keys(containers).join(', .')}`);
  return container;
}

/** `sampleRate` if the container's sound codec takes it, else 48 000, which they all do; null where it holds no sound. */
export function writableRate(out: string, sampleRate: number): number | null {
  const { audio } = containerOf(out);
  if (audio === undefined) return null;
  const rates = Codec.findEncoderByName(audio as never)?.supportedSamplerates;
  return !rates || rates.includes(sampleRate) ? sampleRate : 48000;
}

/** Whether the container of `out` holds pictures. */
export function takesPictures(out: string): boolean {
  return containerOf(out).video !== undefined;
}

// Of timed pictures: finer than any display's refresh.
const ticksPerSecond = 90_000;

// The default coder takes twice the time, and longest on pure tones, for no better sound at this rate.
const audioOptions = { aac: { aac_coder: 'fast' }, libopus: {}, pcm_s16le: {} };

interface ClipLayout {
  /** `timed`: each picture comes with its times; else they follow each other at `fps` from 0 on. */
  video?: { width: number; height: number; fps: number; timed?: boolean; pixelAspect?: Rational | null };
  audio?: { sampleRate: number };
}

export class ClipWriter {
  readonly #output = new FormatContext();
  readonly #video: Encoder | null = null;
  readonly #audio: Encoder | null = null;
  readonly #scaler: Scaler | null = null;
  /** Where the pictures so far end, in ticks of their time base. */
  #pictures = 0;
  #samples = 0;
  #pending: Float32Array = new Float32Array(0);

  constructor(out: string, { video, audio }: ClipLayout) {
    const container = containerOf(out);
    if (video && !container.video) bad(`a ${container.format} file holds no pictures`);
    if (audio && !container.audio) bad(`a ${container.format} file holds no sound`);
    check(
      this.#output.allocOutputContext2(null, container.format, `file:${out}`),
      'WRITE_FAILED',
      'no such container',
    );
    this.#output.setFlags(AVFMT_FLAG_BITEXACT);
    if (video) {
      const { width, height } = video;
      const fps = rational(video.fps);
      if (width % 2 || height % 2) bad(`${width} x ${height}: expected an even width and height`);
      const { pixels, range } = videoFormats[container.video!];
      this.#scaler = new Scaler(width, height, pixels);
      this.#video = new Encoder(this.#output, container.video!, videoOptions[container.video!], (codec) => {
        codec.width = width;
        codec.height = height;
        codec.pixelFormat = pixels;
        if (video.pixelAspect) codec.sampleAspectRatio = video.pixelAspect;
        codec.colorSpace = AVCOL_SPC_SMPTE170M;
        codec.colorRange = range;
        codec.framerate = fps;
        codec.timeBase = video.timed ? new Rational(1, ticksPerSecond) : fps.inv();
        codec.gopSize = Math.max(1, Math.round(2 * fps.toDouble()));
        codec.maxBFrames = 0;
      });
    }
    if (audio) {
      const name = container.audio!;
      this.#audio = new Encoder(this.#output, name, audioOptions[name], (codec) => {
        codec.sampleRate = audio.sampleRate;
        codec.channelLayout = AV_CHANNEL_LAYOUT_MONO;
        codec.sampleFormat = sampleFormats[name];
        codec.timeBase = new Rational(1, audio.sampleRate);
        codec.bitRate = BigInt(Math.min(4 * audio.sampleRate, 128_000));
      });
    }
    check(this.#output.openOutputSync(), 'WRITE_FAILED', 'the file cannot be created');
    check(this.#output.writeHeaderSync(null), 'WRITE_FAILED', 'the header cannot be written');
  }

  /** Seconds of pictures and of sound so far; feed the track that is behind, the muxer holds back the other. */
  get position(): { video: number; audio: number } {
    return {
      video: this.#video ? this.#pictures * this.#video.timeBase.toDouble() : Number.POSITIVE_INFINITY,
      audio: this.#audio ? this.#samples * this.#audio.timeBase.toDouble() : Number.POSITIVE_INFINITY,
    };
  }

  /**
   * Any size and pixel format; it is converted to the clip's.
   * @param shown when it appears and goes, in seconds, if the clip's pictures are timed
   */
  picture(frame: Frame, shown?: readonly [from: number, to: number]): void {
    const picture = this.#scaler!.scale(frame);
    const [from, to] = shown?.map((time) => Math.round(time * ticksPerSecond)) ?? [
      this.#pictures,
      this.#pictures + 1,
    ];
    picture.pts = BigInt(from!);
    picture.duration = BigInt(to! - from!);
    this.#pictures = to!;
    this.#video!.encode(picture);
  }

  /** Any number of mono samples. */
  sound(samples: Float32Array): void {
    const size = this.#audio!.frameSize;
    const pending = new Float32Array(this.#pending.length + samples.length);
    pending.set(this.#pending);
    pending.set(samples, this.#pending.length);
    let at = 0;
    for (; at + size <= pending.length; at += size) this.#encodeSound(pending.subarray(at, at + size));
    this.#pending = pending.subarray(at);
  }

  finish(): void {
    if (this.#pending.length > 0) this.#encodeSound(this.#pending);
    this.#video?.encode(null);
    this.#audio?.encode(null);
    check(this.#output.writeTrailerSync(), 'WRITE_FAILED', 'the file cannot be completed');
  }

  close(): void {
    this.#video?.close();
    this.#audio?.close();
    this.#scaler?.close();
    this.#output.closeOutputSync();
    this.#output.freeContext();
  }

  #encodeSound(samples: Float32Array): void {
    const { sampleFormat, sampleRate } = this.#audio!;
    const data = sampleFormat === AV_SAMPLE_FMT_S16 ? toInt16(samples) : samples;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    using frame = Frame.fromAudioBuffer(bytes, {
      nbSamples: samples.length,
      format: sampleFormat,
      sampleRate,
      channelLayout: AV_CHANNEL_LAYOUT_MONO,
      pts: BigInt(this.#samples),
    });
    this.#samples += samples.length;
    this.#audio!.encode(frame);
  }
}

const sampleFormats = { aac: AV_SAMPLE_FMT_FLTP, libopus: AV_SAMPLE_FMT_FLT, pcm_s16le: AV_SAMPLE_FMT_S16 };

class Encoder {
  readonly #output: FormatContext;
  readonly #stream: Stream;
  readonly #codec = new CodecContext();
  readonly #packet = new Packet();
  /** Of the pictures on their way through the encoder, by their time stamps. */
  readonly #durations = new Map<bigint, bigint>();

  constructor(
    output: FormatContext,
    name: keyof typeof videoOptions | keyof typeof audioOptions,
    options: Record<string, string>,
    configure: (codec: CodecContext) => void,
  ) {
    const codec = Codec.findEncoderByName(name as never);
    if (!codec) throw new TaskFailure('UNSUPPORTED', `this FFmpeg has no encoder "${name}"`);
    this.#output = output;
    this.#packet.alloc();
    this.#codec.allocContext3(codec);
    configure(this.#codec);
    this.#codec.threadCount = 1;
    this.#codec.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT);
    // Options one by one: a Dictionary given to open2 is freed twice by node-av 6.1.
    for (const [key, value] of Object.entries(options)) {
      check(this.#codec.setOption(key, value), 'UNSUPPORTED', `${name} has no option ${key}`);
    }
    check(this.#codec.open2Sync(codec, null), 'BAD_REQUEST', `${name} refuses these settings`);
    this.#stream = output.newStream(codec);
    this.#stream.timeBase = this.#codec.timeBase;
    this.#stream.avgFrameRate = this.#codec.framerate;
    check(this.#stream.codecpar.fromContext(this.#codec), 'WRITE_FAILED', `${name} has no parameters`);
  }

  get timeBase(): Rational {
    return this.#codec.timeBase;
  }

  get sampleFormat() {
    return this.#codec.sampleFormat;
  }

  get sampleRate(): number {
    return this.#codec.sampleRate;
  }

  /** Samples that the encoder takes at once; 0 means any number. */
  get frameSize(): number {
    return this.#codec.frameSize || 1024;
  }

  /** `null` drains the encoder. */
  encode(frame: Frame | null): void {
    if (frame && frame.duration > 0n) this.#durations.set(frame.pts, frame.duration);
    check(this.#codec.sendFrameSync(frame), 'WRITE_FAILED', 'a frame cannot be encoded');
    for (;;) {
      const result = this.#codec.receivePacketSync(this.#packet);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
      check(result, 'WRITE_FAILED', 'a frame cannot be encoded');
      // x264 leaves it out. Without it the last frame would have no length.
      this.#packet.duration = this.#durations.get(this.#packet.pts) ?? (this.#packet.duration || 1n);
      this.#durations.delete(this.#packet.pts);
      this.#packet.streamIndex = this.#stream.index;
      this.#packet.rescaleTs(this.#codec.timeBase, this.#stream.timeBase);
      check(
        this.#output.interleavedWriteFrameSync(this.#packet),
        'WRITE_FAILED',
        'a packet cannot be written',
      );
    }
  }

  close(): void {
    this.#packet.free();
    this.#codec.freeContext();
  }
}

/** Whole rates, thousandths, or broadcast's n/1.001, whichever is nearest. */
function rational(fps: number): Rational {
  const candidates = [1, 1000, 1001].map((den) => new Rational(Math.round(fps * den), den));
  const error = (rate: Rational) => Math.abs(rate.toDouble() - fps);
  return candidates.reduce((best, next) => (error(next) < error(best) - 1e-9 ? next : best));
}

function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
}

function bad(reason: string): never {
  throw new TaskFailure('BAD_REQUEST', reason);
}
