/** Samples that a program gives, as far as files are not checked for it: a clip is checked where it is decoded. */
import type { Sample } from '../data/index.js';
import { shown } from '../runtime/index.js';

/** A question without a clip needs no id. */
export type TextPrompt = Omit<Sample, 'id' | 'video' | 'audio'> & {
  id?: string;
  video?: undefined;
  audio?: null;
  /** Descriptions of functions, for the chat template. */
  tools?: readonly object[];
};

/** Names text prompts without an id; it is a part of the sampling key. */
const textPromptId = 'prompt';

/** @throws TypeError naming the sample and the field that is not what it should be */
export function checkSamples(samples: readonly (Sample | TextPrompt)[]): Sample[] {
  if (!Array.isArray(samples))
    throw new TypeError(`generateBatch: samples: expected a list of samples, got ${shown(samples)}`);
  return samples.map((sample: unknown) => {
    if (typeof sample !== 'object' || sample === null)
      throw new TypeError(`generate: expected a sample { id, question, video, ... }, got ${shown(sample)}`);
    const { id, video, audio } = sample as Record<string, unknown>;
    const isTextPrompt = id === undefined && video === undefined && (audio ?? null) === null;
    const named = isTextPrompt ? { ...sample, id: textPromptId } : sample;
    checkFields(named as Record<string, unknown>);
    return named as Sample;
  });
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isListOf = (value: unknown, test: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(test);
const isExchange = (value: unknown): boolean => {
  const { question, answer } = (value ?? {}) as Record<string, unknown>;
  return isText(question) && isText(answer);
};

const isDescription = (value: unknown): boolean => typeof value === 'object' && value !== null;

const fields: [
  name: keyof TextPrompt,
  test: (value: unknown) => boolean,
  expected: string,
  isNeeded?: true,
][] = [
  ['id', isText, 'a text', true],
  ['question', isText, 'a text', true],
  ['options', (value) => isListOf(value, isText), 'texts'],
  ['system', isText, 'a text'],
  ['history', (value) => isListOf(value, isExchange), 'a list of { question, answer }'],
  ['tools', (value) => isListOf(value, isDescription), 'a list of objects'],
];

function checkFields(sample: Record<string, unknown>): void {
  for (const [field, test, expected, isNeeded = false] of fields) {
    const value = sample[field];
    if ((value === undefined && !isNeeded) || test(value)) continue;
    const problem = `${field}: expected ${expected}, got ${shown(value)}`;
    throw new TypeError(`generate: sample ${shown(sample.id)}: ${problem}`);
  }
}
