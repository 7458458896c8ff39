// The rows of bench/rollout: what is measured, beside whom, and the targets. Plain data, so that tests can check it without a
// benchmark.

const sequences = (count) => (count === 1 ? '1 sequence' : `${count} sequences`);

/**
 * `of`: what a row is judged by: a decode step or the whole call of the peer over ours, our fraction of the peer's, or
 * what ours reads a second of what a probe reads.
 * `peerInParts`: whole calls of the peer take minutes, see text-row.mjs.
 * `peer`: a program, or a commit of this repository: the last one before the seams.
 *
 * `prompts` of `promptTokens` ids, `numGenerations` completions each, of `newTokens`. `target`: at least so much.
 */
const textCase = (prompts, numGenerations, target, more = {}) => ({
  title: sequences(prompts * numGenerations),
  ...{ prompts, numGenerations, target },
  ...more,
});

const rows = [
  {
    id: 'R1',
    title: 'small model, 16 prompts x 8 in three views, 48 new tokens',
    kind: 'before',
    peer: '850d9e6',
    job: 'rollouts',
    of: 'call',
    target: 6,
  },
  {
    id: 'R2',
    title: 'the small model as text, prompts of 300, 48 new tokens',
    kind: 'text',
    peer: 'transformers',
    model: 'small',
    // Its steps are short beside its prompts, whose passes they are part of.
    of: 'call',
    promptTokens: 300,
    newTokens: 48,
    cases: [
      textCase(8, 1, 5),
      textCase(128, 1, 5),
      textCase(16, 8, 5, { title: '128 sequences, 8 of each prompt' }),
    ],
  },
  {
    id: 'R3',
    title: 'Qwen2 0.5B shape, prompts of 256, 128 new tokens',
    kind: 'text',
    peer: 'transformers',
    model: 'qwen',
    of: 'step',
    promptTokens: 256,
    newTokens: 128,
    cases: [textCase(1, 1, 1.7), textCase(8, 1, 5), textCase(32, 1, 2.5)],
  },
  {
    id: 'R4',
    title: 'the same beside llama.cpp, both in bfloat16',
    kind: 'text',
    peer: 'llama.cpp',
    model: 'qwen',
    of: 'step',
    promptTokens: 256,
    newTokens: 128,
    cases: [textCase(1, 1, 1)],
  },
  {
    id: 'R5',
    title: 'the same model, rollouts of one prompt of 2,048, 128 new tokens, prefill included',
    kind: 'text',
    peer: 'transformers',
    model: 'qwen',
    of: 'call',
    peerInParts: true,
    promptTokens: 2048,
    newTokens: 128,
    cases: [textCase(1, 8, 10), textCase(1, 64, 20)],
  },
  {
    id: 'R6',
    title: "R3's model: bytes of weights and keys a second, of those that a probe reads",
    kind: 'text',
    peer: 'probe',
    model: 'qwen',
    of: 'read',
    promptTokens: 256,
    newTokens: 128,
    cases: [textCase(1, 1, 0.85), textCase(8, 1, 0.85)],
  },
  {
    id: 'R7',
    title: "GRPO step of the demo's model, 16 prompts x 8 in three views",
    kind: 'before',
    peer: '850d9e6',
    job: 'grpo',
    of: 'fraction',
    target: 0.3,
  },
];

/** The row as `--quick` has it. */
const quickRow = (row) => (row.kind === 'text' ? { ...row, newTokens: Math.min(row.newTokens, 24) } : row);

module.exports = { quickRow, rows };
