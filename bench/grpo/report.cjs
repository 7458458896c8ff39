// From what bench/grpo measures to lines, verdicts and the page in docs/results. Pure functions.

const { reportOf } = require('../trl-report.cjs');
const { rows } = require('./rows.cjs');

/** What the sides may differ by, and how it is told: log-probabilities and losses in nats, gradients over their norm. */
const bounds = {
  sampled: { bound: 1e-5, title: "sampler's log-probabilities" },
  logp: { bound: 1e-5, title: 'log-probabilities' },
  loss: { bound: 1e-5, title: 'loss' },
  advantages: { bound: 1e-5, title: 'advantages' },
  gradients: { bound: 1e-5, title: 'gradients' },
  parameters: { bound: 1e-5, title: 'parameters' },
};

const intro = [
  'The same weights (random, in float32), prompts of random ids, lengths and settings on both sides, a process each, which take',
  'steps in turns: 8 completions of a prompt, all of the full length, `dapo`, no KL penalty, one update by AdamW from each set of',
  'completions. TRL samples by `generate` of transformers, without gradient checkpointing. Times: least / median of the steps,',
  'medians of their parts. generate: sampling (ours packs the weights again, as every update changes them); learn: rewards,',
  'advantages, log-probabilities, loss and backward. CPU and peak memory: of the whole process. Load: average of the minute before',
  'the turns, in which other work may have ended; on a busy machine the figures for 2 threads mean little.',
];

const agreementIntro = [
  'TRL is given our prompts and completions: two sets, two updates each at a learning rate of 1e-5, so that the second update has',
  'probability ratios. Furthest differences of any update: of log-probabilities, losses and advantages as they are, of gradients (as',
  "the optimizer has them) the norm of the difference over the norm of TRL's, of parameters after the last update as they are. Moved:",
  'the norm of what the updates changed over the norm of the weights, and the furthest log-ratio.',
];

module.exports = reportOf({
  ...{ name: 'grpo', rows, bounds, parts: ['generate', 'learn', 'optimizer'] },
  moved: {
    moved: { title: 'moved', line: 'the weights' },
    logRatio: { title: 'log-ratio', line: 'log-probabilities' },
  },
  texts: { title: "A GRPO step beside TRL's GRPOTrainer", intro, agreementIntro },
});
