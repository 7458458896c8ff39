// The completion that a sample with an answer teaches, in the layout of its protocol, which the format reward asks for and the
// parser reads.

import { answerIndex, endOfStep, letterOf, parseOption, type Sample } from '../data/index.js';
import { finalQuestionOf, type ProtocolName, type ProtocolOption, protocolOf } from './protocol.js';

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

/** One turn of the model. */
export interface TargetTurn {
  /** Of the user, before it; none before the first turn, whose question is the prompt. */
  question?: string;
  text: string;
}

/**
 * What a sample teaches under a protocol, turn by turn.
 * @throws Error when the sample does not fit the protocol, with what it lacks and the fix
 */
export function targetTurns(
  sample: Sample,
  protocol: ProtocolOption = 'spans',
  style: AnswerStyle = 'letter',
): TargetTurn[] {
  const asked = protocolOf(protocol, 'targetTurns');
  const { name } = asked;
  const answer = answerBlock(sample, style);
  if (name === 'direct') return [{ text: answer }];
  if (name === 'spans') return [{ text: `${targetRationale(sample)}${answer}` }];
  const steps = targetSteps(sample, name);
  if (name === 'steps') return [{ text: `${steps}\n${answer}` }];
  return [{ text: steps }, { question: finalQuestionOf(asked), text: answer }];
}

/**
 * What a sample teaches under a protocol, as one text. Under 'spans' (default): the captions, `<thinking>` with the steps that
 * remain (all of them where every one is a caption), `<answer>` with the option's letter or text, or the free text; without
 * steps, the answer alone. The two turns of 'twoTurn' are joined by a newline, as rewards and scores read them.
 * @throws Error when the sample does not fit the protocol
 */
export function targetCompletion(
  sample: Sample,
  style: AnswerStyle = 'letter',
  protocol: ProtocolOption = 'spans',
): string {
  return targetTurns(sample, protocol, style)
    .map(({ text }) => text)
    .join('\n');
}

function answerBlock(sample: Sample, style: AnswerStyle): string {
  const { id, answer, options } = sample;
  if (answer === undefined) {
    throw new Error(`sample ${id}: no "answer" to learn from; supervised training needs one in every sample`);
  }
  return `<answer>${options ? nameOption(answerIndex(sample), options, style) : answer}</answer>`;
}

function targetRationale(sample: Sample): string {
  const { steps = [], spans = [] } = sample;
  if (steps.length === 0) return '';
  const rest = steps.length > spans.length ? steps.slice(spans.length) : steps;
  return `${targetCaptions(sample)}<thinking>${rest.join(' ')}</thinking>`;
}

function targetSteps({ id, steps = [] }: Sample, name: ProtocolName): string {
  if (steps.length === 0)
    throw new Error(
      `sample ${id}: no "steps", which protocol '${name}' teaches; write them, or have the sample teach its answer alone ` +
        "(protocol 'direct', or a directFraction above 0)",
    );
  const closed = steps.map((step, i) => {
    const wrong = step.trim() === '' ? 'an empty text' : stepTags.find((tag) => step.includes(tag));
    if (wrong === undefined) return `${step}${endOfStep}`;
    throw new Error(
      `sample ${id}: steps[${i}]: expected a text without ${stepTags.join(' or ')}, got ${wrong}; remove it: the protocol ` +
        'closes steps and writes the answer itself',
    );
  });
  return closed.join('\n');
}

const stepTags = [endOfStep, '<answer>', '</answer>'];

/** Names an option so that it is read back as that one: where its letter is another option's text, not by the letter. */
function nameOption(index: number, options: readonly string[], style: AnswerStyle): string {
  const [letter, text] = [letterOf(index), options[index]];
  const names = style === 'letter' ? [letter, text] : [text, letter];
  return [...names, `${letter}. ${text}`].find((name) => parseOption(name, options) === index) ?? names[0];
}
