// From what bench/preference measures to lines, verdicts and the page in docs/results. Pure functions.

const { reportOf } = require('../trl-report.cjs');
const { rows } = require('./rows.cjs');

/** What the sides may differ by, and how it is told: losses in nats, gradients over their norm. */
const bounds = {
  loss: { bound: 1e-5, title: 'loss' },
  gradients: { bound: 1e-5, title: 'gradients' },
  parameters: { bound: 1e-5, title: 'parameters' },
};

const intro = [
  'The same weights (random, in float32), pairs of random ids, lengths and settings on both sides, a process each, which take steps in',
  'turns: 8 pairs, DPO with beta 0.1, all weights trained, the reference a frozen copy that scores the pairs in the step, no gradient',
  'checkpointing, one update by AdamW. Ours is process DPO on whole paths with alpha 1, which is DPO: prompts are computed once for',
  'both answers. Times: least / median of the steps, medians of their parts; learn: reference, log-probabilities, loss and backward.',
  'Tokens: prompts and answers of both sides, a prompt counted for each answer. CPU and peak memory: of the whole process. Load:',
  'average of the minute before the turns, in which other work may have ended.',
];

const agreementIntro = [
  "Both sides take three updates on the same 8 pairs at TRL's learning rate of 1e-6, so that later ones have log-ratios. Furthest",
  'differences of any update: of losses as they are, of gradients (as the optimizer has them) the norm of the difference over the norm',
  "of TRL's, of parameters after the last update as they are. Moved: the norm of what the updates changed over the norm of the weights,",
  'and the mean margin of the rewards in the last update.',
];

module.exports = reportOf({
  ...{ name: 'preference', rows, bounds, parts: ['learn', 'optimizer'] },
  moved: {
    moved: { title: 'moved', line: 'the weights' },
    margin: { title: 'margin', line: 'the margin' },
  },
  texts: { title: "A preference step beside TRL's DPOTrainer", intro, agreementIntro },
});
