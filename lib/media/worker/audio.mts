/** Sound from decoder frames to mono samples at the wanted rate, on the clock of the pictures. */
import { AV_CHANNEL_LAYOUT_MONO, AV_NOPTS_VALUE, AV_SAMPLE_FMT_FLTP } from 'node-av/constants';
import { type Frame, SoftwareResampleContext, type Stream } from 'node-av/lib';
import { meanOfChannels } from './channels.mjs';
import type { Sink } from './decoders.mjs';
import { check, TaskFailure } from './failure.mjs';
import type { Input } from './input.mjs';

// Time stamps waver by what containers round; players, too, follow them only over a distance like this.
const gapSeconds = 0.1;

/**
 * Emits the samples of [start, end) seconds of the clip's clock. Sound stands where its time stamps say: silence precedes a
 * track that begins late and fills gaps, and what the stamps put before the end of the sound so far is left out.
 */
export class AudioSink implements Sink {
  readonly stream: Stream;
  done = false;
  readonly #zero: number;
  readonly #sampleRate: number;
  readonly #first: number;
  readonly #last: number;
  readonly #emit: (samples: Float32Array) => void;
  #resampler: Resampler | null = null;
  /** Where the samples so far end: of the resampler's output, and of its input in seconds. */
  #position = 0;
  #heard = 0;

  /** @param zero where the clip's clock starts on the file's, in seconds */
  constructor(
    { audio }: Input,
    zero: number,
    sampleRate: number,
    [start, end]: [number, number],
    emit: (samples: Float32Array) => void,
  ) {
    this.stream = audio!;
    this.#zero = zero;
    this.#sampleRate = sampleRate;
    this.#first = Math.round(start * sampleRate);
    this.#last = Math.round(end * sampleRate);
    this.#emit = emit;
  }

  take(frame: Frame): void {
    const start = this.#startOf(frame);
    if (!this.#resampler) {
      this.#heard = start ?? 0;
      this.#position = Math.round(this.#heard * this.#sampleRate);
      const silence = Math.min(this.#position, this.#last) - this.#first;
      if (silence > 0) this.#emit(new Float32Array(silence));
      this.#resampler = new Resampler(frame, this.#sampleRate);
    }
    let samples = this.#resampler.read(frame);
    const gap = (start ?? this.#heard) - this.#heard;
    if (gap > gapSeconds) this.#silence(gap, frame.sampleRate);
    else if (gap < -gapSeconds) samples = samples.subarray(Math.round(-gap * frame.sampleRate));
    this.#hear(samples, frame.sampleRate);
  }

  /** In pieces, so that a long gap takes no memory. */
  #silence(seconds: number, rate: number): void {
    for (let left = Math.round(seconds * rate); left > 0 && !this.done; left -= rate) {
      this.#hear(new Float32Array(Math.min(left, rate)), rate);
    }
  }

  #hear(samples: Float32Array, rate: number): void {
    this.#heard += samples.length / rate;
    this.#append(this.#resampler!.convert(samples));
  }

  /** Call once, after the pass. */
  finish(): void {
    if (this.#resampler && !this.done) this.#append(this.#resampler.flush());
    this.#resampler?.close();
  }

  /** Seconds on the clip's clock; null where the frame has no time stamp. */
  #startOf({ pts }: Frame): number | null {
    return pts === AV_NOPTS_VALUE ? null : Number(pts) * this.stream.timeBase.toDouble() - this.#zero;
  }

  #append(samples: Float32Array): void {
    const from = Math.max(this.#first - this.#position, 0);
    const to = Math.min(this.#last - this.#position, samples.length);
    if (to > from) {
      const wanted = samples.subarray(from, to);
      const broken = wanted.findIndex((sample) => !Number.isFinite(sample));
      if (broken >= 0) {
        const seconds = (this.#position + from + broken) / this.#sampleRate;
        throw new TaskFailure(
          'DAMAGED',
          `its sound has the value ${wanted[broken]} at ${seconds.toFixed(3)} s, expected finite samples`,
        );
      }
      this.#emit(wanted);
    }
    this.#position += samples.length;
    this.done = this.#position >= this.#last;
  }
}

// A longer filter than FFmpeg's default (32 taps, cutoff 0.97): flat to 0.98 of the band, aliases below -90 dB.
const filterTaps = 128;
const cutoff = 0.98;

/** Decoder frames to mono samples, rate to rate. */
class Resampler {
  readonly #channels: number;
  readonly #inputRate: number;
  readonly #outputRate: number;
  readonly #toRate: SoftwareResampleContext | null;
  /** Samples that went in and came out. */
  #given = 0;
  #made = 0;

  constructor({ channelLayout, sampleRate }: Frame, outputRate: number) {
    this.#channels = channelLayout.nbChannels;
    this.#inputRate = sampleRate;
    this.#outputRate = outputRate;
    this.#toRate =
      outputRate === sampleRate
        ? null
        : open((swr) => {
            const mono = AV_CHANNEL_LAYOUT_MONO;
            const result = swr.allocSetOpts2(
              mono,
              AV_SAMPLE_FMT_FLTP,
              outputRate,
              mono,
              AV_SAMPLE_FMT_FLTP,
              sampleRate,
            );
            swr.setOption('filter_size', filterTaps);
            swr.setOption('cutoff', cutoff);
            return result;
          });
  }

  /** The frame's samples as mono floats at their own rate. */
  read(frame: Frame): Float32Array {
    if (frame.sampleRate !== this.#inputRate || frame.channelLayout.nbChannels !== this.#channels) {
      throw new TaskFailure('UNSUPPORTED', 'its sound changes sample rate or channels midway');
    }
    return meanOfChannels(frame);
  }

  /** Mono samples to the wanted rate. */
  convert(mono: Float32Array): Float32Array {
    if (!this.#toRate || mono.length === 0) return mono;
    const samples = resample(this.#toRate, bytesOf(mono), mono.length);
    this.#given += mono.length;
    this.#made += samples.length;
    return samples;
  }

  flush(): Float32Array {
    if (!this.#toRate || this.#given === 0) return new Float32Array(0);
    const left = Math.ceil((this.#given * this.#outputRate) / this.#inputRate) - this.#made;
    const taps = Math.ceil(filterTaps / Math.min(1, (this.#outputRate * cutoff) / this.#inputRate));
    if (this.#given >= taps) return resample(this.#toRate, null, 0);
    // FFmpeg drops sound that is shorter than its filter: silence makes it long enough.
    const padded = resample(this.#toRate, bytesOf(new Float32Array(taps)), taps);
    const end = resample(this.#toRate, null, 0);
    const samples = new Float32Array(padded.length + end.length);
    samples.set(padded);
    samples.set(end, padded.length);
    return samples.subarray(0, left);
  }

  close(): void {
    this.#toRate?.free();
  }
}

function open(configure: (swr: SoftwareResampleContext) => number): SoftwareResampleContext {
  const swr = new SoftwareResampleContext();
  check(configure(swr), 'UNSUPPORTED', 'its samples cannot be resampled');
  check(swr.init(), 'UNSUPPORTED', 'its samples cannot be resampled');
  return swr;
}

function resample(swr: SoftwareResampleContext, input: Buffer | null, count: number): Float32Array {
  const room = swr.getOutSamples(count);
  const output = new Float32Array(room);
  const doing = 'its samples cannot be resampled';
  const made = check(swr.convertSync([bytesOf(output)], room, input && [input], count), 'DAMAGED', doing);
  return output.subarray(0, made);
}

function bytesOf(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}
