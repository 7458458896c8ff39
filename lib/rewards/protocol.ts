// Protocols: how answers are laid out, asked for and read, the same in training and at test time.

import { endOfStep, type Sample } from '../data/index.js';
import { checkOption, kinds, type OptionKind } from '../tensor/index.js';
import { layoutParts } from './parse.js';

/**
 * - 'spans': timed captions, thinking and answer; what a sample lacks is left out (target.ts).
 * - 'steps': steps, each closed by `<end_of_step>` and a newline, then `<answer>...</answer>`, in one turn.
 * - 'twoTurn': the first turn is the steps alone; the user asks for the final answer in a second one.
 * - 'direct': `<answer>...</answer>` alone.
 */
export const protocolNames = ['spans', 'steps', 'twoTurn', 'direct'] as const;
export type ProtocolName = (typeof protocolNames)[number];

export interface Protocol {
  name: ProtocolName;
  /** Stands after each question, in place of the sample's own. */
  instruction?: string;
  /** Takes its place where an answer without reasoning is asked for. Default: `instruction` under 'direct', else "Answer directly." */
  directInstruction?: string;
  /** The second user turn of 'twoTurn'. Default: "Give the final answer." */
  finalQuestion?: string;
}

/** As programs give it: a name alone, or with the texts of its prompts. */
export type ProtocolOption = ProtocolName | Protocol;

const defaultFinalQuestion = 'Give the final answer.';
const defaultDirectInstruction = 'Answer directly.';

const texts = ['instruction', 'directInstruction', 'finalQuestion'] as const;

const protocolKind: OptionKind = {
  expected: `${protocolNames.map((name) => `'${name}'`).join(', ')}, or { name, ${texts.join(', ')} }`,
  type: 'string',
  fits: (value) => {
    if (typeof value === 'string') return isName(value);
    if (typeof value !== 'object' || value === null) return false;
    const { name, ...rest } = value as Record<string, unknown>;
    return (
      isName(name) &&
      Object.entries(rest).every(
        ([field, text]) =>
          (texts as readonly string[]).includes(field) && (text === undefined || kinds.string.fits(text)),
      )
    );
  },
};

const isName = (value: unknown): boolean => (protocolNames as readonly unknown[]).includes(value);

/** @param op names the function in messages @throws TypeError and RangeError for anything else than a protocol */
export function protocolOf(option: ProtocolOption = 'spans', op = 'protocolOf'): Protocol {
  checkOption(op, 'protocol', option, protocolKind);
  return typeof option === 'string' ? { name: option } : option;
}

/** What the second user turn of 'twoTurn' says. */
export function finalQuestionOf({ finalQuestion = defaultFinalQuestion }: Protocol): string {
  return finalQuestion;
}

/** The protocol by which the same prompts ask for an answer without reasoning. */
export function directly(protocol: Protocol): Protocol {
  const { name, instruction, directInstruction } = protocol;
  const ofOwn = name === 'direct' ? instruction : undefined;
  return { name: 'direct', instruction: directInstruction ?? ofOwn ?? defaultDirectInstruction };
}

/** A sample whose prompt says how to answer. */
export function instructed<S extends Sample>(sample: S, protocol: Protocol): S {
  const { instruction } = protocol.name === 'direct' ? directly(protocol) : protocol;
  return instruction === undefined ? sample : { ...sample, instruction };
}

/** The texts that a protocol writes into prompts: of the vocabulary of a fresh model. */
export function protocolTexts(protocol: Protocol): string[] {
  const { instruction = '' } = protocol;
  return [instruction, directly(protocol).instruction as string, finalQuestionOf(protocol)];
}

/** Whether a text is laid out as 'steps' and 'twoTurn' ask: one step or more that say something, then one answer. */
export function isStepwise(text: string): boolean {
  const pieces = text.split(endOfStep);
  const steps = pieces.slice(0, -1);
  return steps.length > 0 && steps.every(isStepText) && isDirect(pieces[pieces.length - 1]);
}

/** Whether a text is an answer block alone, with white space around it. */
export function isDirect(text: string): boolean {
  const parts = layoutParts(text);
  return parts?.length === 1 && parts[0].tag === 'answer' && parts[0].text.trim() !== '';
}

const isStepText = (step: string): boolean => step.trim() !== '' && !/<\/?answer>/.test(step);

/** A first turn and the answer that a second one gave, as rewards and scores read them. */
export function withReply(firstTurn: string, answer: string): string {
  return `${firstTurn.replaceAll(/<\/?answer>/g, '')}\n<answer>${answer}</answer>`;
}
