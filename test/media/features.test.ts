/** Sound and pictures as models read them, against transformers' and PyTorch's own (scripts/fixtures/media.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { normalizeFrames, resizeFrames } from '../../lib/media/frames.js';
import { logMel } from '../../lib/media/log-mel.js';
import { scope, torch } from '../../lib/tensor/index.js';

interface Packed {
  dtype: string;
  shape: number[];
  data: string;
}

const fixture = JSON.parse(
  gunzipSync(readFileSync(join(__dirname, '../fixtures/media/features.json.gz'))).toString(),
);

function bytes({ data }: Packed): Uint8Array {
  return new Uint8Array(Buffer.from(data, 'base64'));
}

function floats(packed: Packed): Float32Array {
  expect(packed.dtype).toBe('float32');
  return new Float32Array(bytes(packed).buffer);
}

function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]! - b[i]!));
  return max;
}

interface LogMelCase {
  mels: number;
  seconds: number | null;
  samples: Packed;
  features: Packed;
}

type PaddedLogMelCase = Omit<LogMelCase, 'seconds'> & { minFrames: number };

describe("log-mel features equal transformers' WhisperFeatureExtractor", () => {
  test.each((fixture.logMel as LogMelCase[]).map((c) => [c.mels, c.samples.shape[0], c.seconds, c] as const))(
    '%d mels, %d samples, padded or cut to %s s',
    (melBins, _samples, seconds, recorded) => {
      const features = logMel(floats(recorded.samples), { melBins, seconds: seconds ?? undefined });
      expect(features.length).toBe(recorded.features.shape[0]! * recorded.features.shape[1]!);
      expect(worst(features, floats(recorded.features))).toBeLessThanOrEqual(1e-4);
    },
  );

  test('silence is a constant', () => {
    // log10(1e-10) = -10, floored at -18, and (-10 + 4) / 4.
    expect(worst(logMel(new Float32Array(1600), { melBins: 80 }), new Float32Array(800).fill(-1.5))).toBe(0);
  });

  test.each(
    (fixture.paddedLogMel as PaddedLogMelCase[]).map(
      (c) => [c.mels, c.samples.shape[0], c.features.shape[1], c] as const,
    ),
  )(
    '%d mels, %d samples, too few for their own frames: %d frames with silence behind',
    (melBins, _samples, _frames, { samples, minFrames, features: recorded }) => {
      const features = logMel(floats(samples), { melBins, minFrames });
      expect(worst(features, floats(recorded))).toBeLessThanOrEqual(1e-4);
    },
  );

  test('sound so loud that its power is no float32 is refused', () => {
    const loud = new Float32Array(400).fill(0.1);
    loud[7] = 1e16;
    expect(() => logMel(loud, { melBins: 80 })).toThrow(
      /samples\[7\] is 10000000272564224, expected .* at most 1000000000000000/,
    );
  });

  test('no samples at all are refused', () => {
    expect(() => logMel(new Float32Array(0), { melBins: 80 })).toThrow(/samples is empty/);
  });
});

test.each(
  (fixture.resize as { frames: Packed; resized: Packed }[]).map(
    (c) => [c.frames.shape, c.resized.shape, c] as const,
  ),
)("resizing %j to %j equals PyTorch's bicubic with antialiasing, byte for byte", (from, to, recorded) => {
  scope(() => {
    const frames = torch.fromBuffer(bytes(recorded.frames), [...from], 'uint8');
    expect(worst(resizeFrames(frames, to[1]!, to[2]!), bytes(recorded.resized))).toBe(0);
  });
});

test('normalised frames are channels first and equal to the recorded ones', () => {
  const { mean, std, frames, normalized } = fixture.normalize;
  scope(() => {
    const result = normalizeFrames(torch.fromBuffer(bytes(frames), frames.shape, 'uint8'), mean, std);
    expect(result.shape).toEqual(normalized.shape);
    const values = result.reshape([-1]).toArray() as number[];
    expect(worst(values, floats(normalized))).toBeLessThanOrEqual(1e-6);
  });
});
