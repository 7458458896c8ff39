// The completion that a sample with an answer teaches, in the layout that the format reward asks for and the parser reads.

import { answerIndex, letterOf, parseOption, type Sample } from '../data/index.js';

/** How a completion names an option: by its letter, or by its text. */
export type AnswerStyle = 'letter' | 'text';

/**
 * `<time>S-E</time><caption>step</caption>` for each span, with the step of the same index.
 * @throws Error when a span has no step
 */
export function targetCaptions({ id, steps = [], spans = [] }: Sample): string {
  if (steps.length < spans.length) {
    throw new Error(
      `sample ${id}: ${spans.length} spans but ${steps.length} steps; each span needs a step that describes it`,
    );
  }
  const captions = spans.map(
    ([start, end], i) => `<time>${start.toFixed(1)}-${end.toFixed(1)}</time><caption>${steps[i]}</caption>`,
  );
  return captions.join('');
}

/**
 * The captions, `<thinking>` with the steps that remain (all of them where every one is a caption), `<answer>` with
 * the option's letter or text, or the free text. Without steps, the answer alone.
 * @throws Error when the sample has no answer to teach
 */
export function targetCompletion(sample: Sample, style: AnswerStyle = 'letter'): string {
  const { id, answer, options, steps = [], spans = [] } = sample;
  if (answer === undefined) {
    throw new Error(`sample ${id}: no "answer" to learn from; supervised training needs one in every sample`);
  }
  const given = options ? nameOption(answerIndex(sample), options, style) : answer;
  const block = `<answer>${given}</answer>`;
  if (steps.length === 0) return block;
  const captions = targetCaptions(sample);
  const rest = steps.length > spans.length ? steps.slice(spans.length) : steps;
  return `${captions}<thinking>${rest.join(' ')}</thinking>${block}`;
}

/** Names an option so that it is read back as that one: where its letter is another option's text, not by the letter. */
function nameOption(index: number, options: readonly string[], style: AnswerStyle): string {
  const [letter, text] = [letterOf(index), options[index]];
  const names = style === 'letter' ? [letter, text] : [text, letter];
  return [...names, `${letter}. ${text}`].find((name) => parseOption(name, options) === index) ?? names[0];
}
