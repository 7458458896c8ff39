/**
 * Log-mel features as Whisper's (Radford et al., 2022): 16 kHz, windows of 25 ms every 10 ms, Slaney's mel scale
 * and area normalisation, eight decades below the clip's loudest cell as the floor.
 */
import { types } from 'node:util';
import { shown } from '../runtime/index.js';
import { noGrad, readData, scope, type Tensor, torch } from '../tensor/index.js';
import { checkLogMelOptions } from './requests.js';

const sampleRate = 16_000;
const fftSize = 400;
const hop = 160;
// Beyond this the power of a window is no float32.
const loudest = 1e15;

/** Slaney's scale: linear below 1 kHz, logarithmic above. */
function hertzToMel(hertz: number): number {
  return hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
}

function melToHertz(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((Math.log(6.4) * (mel - 15)) / 27);
}

const filterBanks = new Map<number, Float32Array>();

/** Triangles of unit area, row-major [melBins, fftSize / 2 + 1]. */
function filterBank(melBins: number): Float32Array {
  let bank = filterBanks.get(melBins);
  if (bank === undefined) {
    const bins = fftSize / 2 + 1;
    const top = hertzToMel(sampleRate / 2);
    const edges = Array.from({ length: melBins + 2 }, (_, i) => melToHertz((top * i) / (melBins + 1)));
    bank = new Float32Array(melBins * bins);
    for (let mel = 0; mel < melBins; mel += 1) {
      const [low, centre, high] = edges.slice(mel, mel + 3);
      for (let bin = 0; bin < bins; bin += 1) {
        const hertz = (bin * sampleRate) / fftSize;
        const height = Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre));
        bank[mel * bins + bin] = Math.max(0, height) * (2 / (high - low));
      }
    }
    filterBanks.set(melBins, bank);
  }
  return bank;
}

export interface LogMelOptions {
  /** 80 or 128 in published models. */
  melBins: number;
  /** Seconds that the waveform is padded (with silence) or cut to; left out: its own length. */
  seconds?: number;
  /** A shorter waveform is padded with silence until it has this many frames. Default 1. */
  minFrames?: number;
}

/**
 * A waveform of up to 200 samples, too short for the reflection at its ends, and one with fewer than `minFrames` frames
 * are treated as WhisperFeatureExtractor's padding and attention mask do it: silence follows, and the frames are those
 * that begin in the waveform, ceil(samples / 160), but at least `minFrames`.
 * @param samples mono, 16 kHz, about [-1, 1]; at least one
 * @returns row-major [melBins, frames], frames = floor(samples / 160) unless padded as above
 * @throws TypeError for values of another kind and unknown options, RangeError for values that make no sense
 */
export function logMel(samples: Float32Array, options: LogMelOptions): Float32Array {
  checkInput(samples, options);
  const { melBins, seconds, minFrames = 1 } = options;
  const length = seconds === undefined ? samples.length : Math.round(seconds * sampleRate);
  const isShort = length <= fftSize / 2 || length < minFrames * hop;
  const frames = isShort ? Math.max(Math.ceil(length / hop), minFrames) : Math.floor(length / hop);
  // Windows reach beyond the last frame that is kept, and the loudest cell may be there.
  const padded = isShort ? frames * hop + fftSize : length;
  let waveform = samples;
  if (padded !== samples.length) {
    waveform = new Float32Array(padded);
    waveform.set(samples.subarray(0, length));
  }
  return noGrad(() =>
    scope(() => {
      const features = features16k(torch.tensor(waveform), melBins);
      return readData(features.narrow(1, 0, frames), 'logMel') as Float32Array;
    }),
  );
}

/** float32 [samples] -> [melBins, floor(samples / hop)]; more than fftSize / 2 samples */
function features16k(waveform: Tensor, melBins: number): Tensor {
  const length = waveform.shape[0];
  const reflected = torch.ops.aten.reflection_pad1d(waveform.reshape([1, 1, length]), [
    fftSize / 2,
    fftSize / 2,
  ]) as Tensor;
  const spectrum = torch.ops.aten.stft(
    reflected.reshape([length + fftSize]),
    fftSize,
    hop,
    fftSize,
    torch.hannWindow(fftSize),
    false,
    true,
    true,
    null,
  ) as Tensor;
  const power = torch.ops.aten.view_as_real(spectrum).square().sum(-1) as Tensor;
  const frames = power.narrow(1, 0, power.size(1) - 1);
  const bank = torch.fromBuffer(filterBank(melBins), [melBins, fftSize / 2 + 1], 'float32');
  const logarithm = bank.matmul(frames).clamp(1e-10).log10();
  const floored = logarithm.maximum(logarithm.max().sub(8));
  return floored.add(4).div(4);
}

function checkInput(samples: Float32Array, options: LogMelOptions): void {
  if (!types.isFloat32Array(samples)) {
    throw new TypeError(`logMel: samples is ${shown(samples)}, expected a Float32Array`);
  }
  checkLogMelOptions(options);
  const { melBins, seconds = 1, minFrames = 1 } = options;
  if (!(Number.isInteger(melBins) && melBins > 0 && melBins <= fftSize)) {
    throw new RangeError(`logMel: melBins is ${melBins}, expected a whole number from 1 to ${fftSize}`);
  }
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new RangeError(`logMel: seconds is ${seconds}, expected a positive number`);
  }
  if (!(Number.isSafeInteger(minFrames) && minFrames > 0 && minFrames <= 2 ** 20)) {
    throw new RangeError(`logMel: minFrames is ${minFrames}, expected a whole number from 1 to 2^20`);
  }
  if (samples.length === 0) throw new RangeError('logMel: samples is empty, expected at least one sample');
  const broken = samples.findIndex((sample) => !(Math.abs(sample) <= loudest));
  if (broken >= 0) {
    throw new RangeError(
      `logMel: samples[${broken}] is ${samples[broken]}, expected finite numbers, at most ${loudest} (sound is about [-1, 1])`,
    );
  }
}
