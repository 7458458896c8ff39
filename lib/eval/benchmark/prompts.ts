/** How benchmarks ask a model whose training had no prompts of its own: for a direct answer, or for reasoning. */
import type { Protocol, ProtocolName } from '../../rewards/index.js';

const steps = 'Think step by step. Write out each step and end it with <end_of_step> and a new line.';

const texts: Record<ProtocolName, Omit<Protocol, 'name'>> = {
  direct: { instruction: 'Choose the best option. Reply with its letter alone: <answer>A</answer>' },
  steps: { instruction: `${steps} Then give the letter of the best option: <answer>A</answer>` },
  twoTurn: {
    instruction: steps,
    finalQuestion: 'Which option is the best one? Reply with its letter alone.',
  },
  spans: {
    instruction:
      'For each moment that matters write <time>start-end</time><caption>what is seen and heard</caption>, times in ' +
      'seconds. Then write <thinking>your reasoning</thinking><answer>A</answer> with the letter of the best option.',
  },
};

/** A protocol with the benchmarks' wording. */
export function benchmarkProtocol(name: ProtocolName): Protocol {
  return { name, ...texts[name] };
}
