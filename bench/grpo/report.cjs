// From what bench/grpo measures to lines, verdicts and the page in docs/results. Pure functions.

const { digits, table } = require('../results-page.cjs');
const { rows, target } = require('./rows.cjs');

/** What the sides may differ by, and how it is told: log-probabilities and losses in nats, gradients over their norm. */
const bounds = {
  sampled: { bound: 1e-5, title: "sampler's log-probabilities" },
  logp: { bound: 1e-5, title: 'log-probabilities' },
  loss: { bound: 1e-5, title: 'loss' },
  advantages: { bound: 1e-5, title: 'advantages' },
  gradients: { bound: 1e-5, title: 'gradients' },
  parameters: { bound: 1e-5, title: 'parameters' },
};

const scientific = (value) => value.toExponential(1);

const isWithin = (value, bound) => typeof value === 'number' && value <= bound;

/** The furthest differences, and whether each is within its bound. What is no number (null in JSON) is not. */
const agreementOf = (differences) => ({
  ...differences,
  ok: Object.entries(bounds).every(([name, { bound }]) => isWithin(differences[name], bound)),
});

function agreementLine({ id }, { ok, updates, moved, logRatio, ...differences }) {
  const parts = Object.entries(bounds).map(
    ([name, { title }]) => `${title} ${scientific(differences[name])}`,
  );
  const state = ok ? 'agree' : 'DISAGREE';
  const movement = `moved the weights by ${scientific(moved)}, log-probabilities by ${scientific(logRatio)}`;
  return `${id}; the sides ${state} in ${updates} updates that ${movement}: ${parts.join(', ')}`;
}

const pair = ([least, median]) => `${digits(1e3 * least)} / ${digits(1e3 * median)}`;

function sideText(name, { seconds, cpu, generate, learn, optimizer, bytes }) {
  const parts = { generate, learn, optimizer };
  const each = Object.entries(parts).map(([part, median]) => `${part} ${digits(1e3 * median)}`);
  return `${name} ${pair(seconds)} ms (${each.join(', ')}), CPU ${digits(1e3 * cpu)} ms, ${megabytes(bytes)} MB`;
}

const megabytes = (bytes) => (bytes === null ? '-' : (bytes / 1e6).toFixed(0));

/** Our time over the peer's, of the least and of the median steps; the larger one is judged. */
function verdict({ own, peer }) {
  const [least, middle] = [0, 1].map((i) => own.seconds[i] / peer.seconds[i]);
  const state = Math.max(least, middle) <= target ? 'met' : 'missed';
  return { least, median: middle, state, text: `${ratioText(least, middle)} of ${target}x ${state}` };
}

const ratioText = (least, median) => `${least.toFixed(2)}x / ${median.toFixed(2)}x`;

/** One line a case, as it is measured. */
function caseLine({ id }, it) {
  const { threads, load, own, peer } = it;
  const sides = [
    sideText('earsight', own),
    ...(peer === null ? [] : [sideText('TRL', peer), verdict(it).text]),
  ];
  return [`${id}, threads: ${threads}`, ...sides, `load ${load.toFixed(1)}`].join('; ');
}

/** Rows of an earlier run on the same machine beside the same TRL stay beside those of this one. */
function withEarlier(result, earlier) {
  const same = ['cpu', 'peer'].every((field) => earlier?.[field] === result[field]);
  const measured = new Set(result.rows.map(({ id }) => id));
  const kept = same ? earlier.rows.filter(({ id }) => !measured.has(id)) : [];
  const place = ({ id }) => rows.findIndex((row) => row.id === id);
  return { ...result, rows: [...result.rows, ...kept].sort((a, b) => place(a) - place(b)) };
}

// ---- page ---------------------------------------------------------------------------------------------------------

function figureLines({ id, cases }) {
  return cases.flatMap(({ threads, load, own, peer }) =>
    [
      ['earsight', own],
      ['TRL', peer],
    ].map(([name, side], i) => [
      ...(i === 0 ? [id, threads] : ['', '']),
      name,
      pair(side.seconds),
      ...['generate', 'learn', 'optimizer', 'cpu'].map((part) => digits(1e3 * side[part])),
      digits(side.rate),
      megabytes(side.bytes),
      i === 0 ? load.toFixed(1) : '',
    ]),
  );
}

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

/** The page of docs/results. */
function page(result) {
  const titleOf = ({ id }) => rows.find((row) => row.id === id).title;
  return [
    "# A GRPO step beside TRL's GRPOTrainer",
    '',
    ...intro,
    '',
    '## Targets',
    '',
    ...table(
      ['row', '', 'threads', "time over TRL's, least / median"],
      result.rows.flatMap((row) =>
        row.cases.map((it) => [row.id, titleOf(row), it.threads, verdict(it).text]),
      ),
    ),
    '',
    '## Figures',
    '',
    ...table(
      [
        ...['row', 'threads', '', 'ms a step', 'generate', 'learn', 'optimizer', 'CPU ms'],
        ...['tokens/s', 'peak memory, MB', 'load'],
      ],
      result.rows.flatMap(figureLines),
    ),
    '',
    '## Agreement',
    '',
    ...agreementIntro,
    '',
    ...table(
      ['row', 'updates', ...Object.values(bounds).map(({ title }) => title), 'moved', 'log-ratio'],
      result.rows.map(({ id, agreement }) => [
        id,
        agreement.updates,
        ...Object.keys(bounds).map((name) => scientific(agreement[name])),
        scientific(agreement.moved),
        scientific(agreement.logRatio),
      ]),
    ),
    '',
    `${result.cpu}, Node ${result.node}; ${result.peer}.`,
    '`npm run bench -- grpo --write`',
    '',
  ].join('\n');
}

module.exports = { agreementLine, agreementOf, caseLine, page, verdict, withEarlier };
