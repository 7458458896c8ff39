// The samples of the experiment: a synthetic dataset, of which a tenth of the training clips is for SFT and the rest for RL.
import { join } from 'node:path';
import { data, Generator, media, scope, torch } from '../../dist/index.mjs';

const clips = { train: 3600, validation: 40, test: 250 };

/** A tenth of the clips; every third has steps, and these three of thirty are among them. */
const isForSft = ({ id }) => [0, 3, 6].includes(Number(/\d+/.exec(id)[0]) % 30);

/**
 * `questions` and `captions` teach SFT; `prompts` have a question and an answer alone, and are those of the other clips.
 * @param folder of the dataset, which is made where it is missing
 */
export async function samplesOf(folder, seed) {
  const pool = new media.MediaPool({ tmpDir: folder });
  const files = await data
    .generateSyntheticDataset(join(folder, 'dataset'), { seed, clips, pool })
    .finally(() => pool.close());
  const [train, captions, validation, test] = [files.train, files.captions, files.validation, files.test].map(
    (file) => data.readSamples(file),
  );
  return {
    questions: train.filter((sample) => sample.steps && isForSft(sample)),
    captions: captions.filter(isForSft),
    prompts: train.filter((sample) => !isForSft(sample)).map(({ steps: _, spans: __, ...sample }) => sample),
    validation,
    test,
  };
}

/**
 * The same samples with times that say nothing: spans that a question asks for or an answer rests on become spans drawn on
 * the grid of half seconds. Times that the question itself names stay.
 */
export function withoutTimes(samples) {
  const draws = samples.map(({ spans }) => 2 * spans.length);
  const numbers = randomNumbers(
    0,
    draws.reduce((sum, count) => sum + count, 0),
  );
  return samples.map((sample, i) => {
    const drawn = numbers.splice(0, draws[i]);
    if (/ at \d\.\d\?$/.test(sample.question)) return sample;
    const spans = sample.spans.map((_, k) => {
      const start = Math.floor(8 * drawn[2 * k]);
      const end = start + 1 + Math.floor(Math.min(2, 8 - start) * drawn[2 * k + 1]);
      return [start / 2, end / 2];
    });
    return { ...sample, spans };
  });
}

/** Each clip with the sound of the next one. */
export function withOtherSound(samples) {
  const files = [...new Set(samples.map(({ video }) => video))];
  const next = new Map(files.map((file, i) => [file, files[(i + 1) % files.length]]));
  return samples.map((sample) => ({ ...sample, audio: next.get(sample.video) }));
}

/** `count` numbers in [0, 1). */
export function randomNumbers(seed, count) {
  return scope(() => torch.rand([count], { generator: new Generator().manualSeed(seed) }).toArray());
}
