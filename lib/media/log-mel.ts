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
}

/**
 * @param samples mono, 16 kHz, about [-1, 1]
 * @returns row-major [melBins, frames], frames = floor(samples / 160)
 * @throws TypeError for values of another kind and unknown options, RangeError for values that make no sense
 */
export function logMel(samples: Float32Array, options: LogMelOptions): Float32Array {
  checkInput(samples, options);
  const { melBins, seconds } = options;
  const length = seconds === undefined ? samples.length : Math.round(seconds * sampleRate);
  let waveform = samples;
  if (length !== samples.length) {
    waveform = new Float32Array(length);
    waveform.set(samples.subarray(0, length));
  }
  if (length <= fftSize / 2) {
    throw new RangeError(
      `logMel: ${length} samples are too few; expected more than ${fftSize / 2} (reflection at the ends)`,
    );
  }
  return noGrad(() =>
    scope(() => {
      const window = torch.hannWindow(fftSize);
      const padded = torch.tensor(waveform).reshape([1, 1, length]);
      const reflected = torch.ops.aten.reflection_pad1d(padded, [fftSize / 2, fftSize / 2]) as Tensor;
      const spectrum = torch.ops.aten.stft(
        reflected.reshape([length + fftSize]),
        fftSize,
        hop,
        fftSize,
        window,
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
      return readData(floored.add(4).div(4), 'logMel') as Float32Array;
    }),
  );
}

function checkInput(samples: Float32Array, options: LogMelOptions): void {
  if (!types.isFloat32Array(samples)) {
    throw new TypeError(`logMel: samples is ${shown(samples)}, expected a Float32Array`);
  }
  checkLogMelOptions(options);
  const { melBins, seconds = 1 } = options;
  if (!(Number.isInteger(melBins) && melBins > 0 && melBins <= fftSize)) {
    throw new RangeError(`logMel: melBins is ${melBins}, expected a whole number from 1 to ${fftSize}`);
  }
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new RangeError(`logMel: seconds is ${seconds}, expected a positive number`);
  }
  const broken = samples.findIndex((sample) => !Number.isFinite(sample));
  if (broken >= 0) {
    throw new RangeError(`logMel: samples[${broken}] is ${samples[broken]}, expected finite numbers`);
  }
}
