// What a sample teaches at an occurrence: its reasoning, or by `directFraction` its answer alone, and the prompt that asks for it.

import type { Sample } from '../../data/index.js';
import {
  directly,
  instructed,
  type Protocol,
  type ProtocolOption,
  protocolOf,
  type TargetTurn,
  targetTurns,
} from '../../rewards/index.js';
import { streamKey, uniformAt } from '../../rollout/index.js';
import { ConfigError } from '../config.js';
import type { SFTConfig } from './config.js';

export type FormatCompletion = (sample: Sample, protocol: Protocol) => string | readonly TargetTurn[];

interface Lesson {
  /** With the instruction of its protocol. */
  sample: Sample;
  turns: readonly TargetTurn[];
}

export interface LessonOptions {
  config: Pick<SFTConfig, 'directFraction' | 'seed'>;
  protocol?: ProtocolOption;
  /** Default: `targetTurns`. */
  formatCompletion?: FormatCompletion;
}

/** Stream of the numbers that divide samples; those of completions and of frames have others. */
const dividing = 0x2545f491;

export class Lessons {
  readonly #protocol: Protocol;
  readonly #direct: Protocol;
  readonly #format: FormatCompletion;
  readonly #fraction: number;
  readonly #seed: number;

  /** @throws ConfigError where prompts do not say which of the two is asked for */
  constructor({ config, protocol, formatCompletion }: LessonOptions) {
    this.#protocol = protocolOf(protocol, 'SFTTrainer');
    this.#direct = directly(this.#protocol);
    this.#format = formatCompletion ?? ((sample, by) => targetTurns(sample, by));
    this.#fraction = config.directFraction;
    this.#seed = config.seed;
    const problem = mixtureProblem(config, this.#protocol);
    if (problem !== null) throw new ConfigError(`directFraction: ${problem}`, 'directFraction');
  }

  /** @throws Error when the sample does not fit the protocol */
  of(sample: Sample, occurrence: number): Lesson {
    const isCaption = sample.answer === undefined;
    const protocol = !isCaption && this.#isDirect(sample, occurrence) ? this.#direct : this.#protocol;
    const target = this.#format(sample, protocol);
    return {
      // A caption is asked for as it stands.
      sample: isCaption ? sample : instructed(sample, protocol),
      turns: typeof target === 'string' ? [{ text: target }] : target,
    };
  }

  #isDirect({ id, steps = [] }: Sample, occurrence: number): boolean {
    if (this.#fraction === 0 || steps.length === 0) return this.#fraction > 0;
    return uniformAt(streamKey(this.#seed, id, 0, occurrence, dividing), 0) < this.#fraction;
  }
}

/** Why prompts do not say which of the two is asked for; null: they do. */
export function mixtureProblem(
  { directFraction }: Pick<SFTConfig, 'directFraction'>,
  { name, instruction, directInstruction }: Protocol,
): string | null {
  if (directFraction === 0) return null;
  if (name === 'direct')
    return "protocol 'direct' has no reasoning to mix with; leave it out, or choose protocol 'steps' or 'twoTurn'";
  if (instruction === undefined || directInstruction !== undefined) return null;
  return 'the prompts have an instruction for reasoning and none for direct answers; give directInstruction too';
}
