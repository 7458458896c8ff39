// From the samples of bench/policy/measure.py to figures, verdicts and the page in docs/results. Pure functions.

const {
  digits,
  isQuiet,
  leastPairs,
  machines,
  median,
  pageText,
  rowLabel,
  skippedTexts,
  table,
} = require('../results-page.cjs');
const { productWork, rows } = require('./rows.cjs');

const names = {
  earsight: 'earsight',
  eager: 'eager',
  trl: 'TRL, chunked',
  liger: 'Liger-Kernel, chunked',
  linear_cross_entropy: 'linear_cross_entropy',
};

/** `measured`: a 'row' line of measure.py. `ratio`: the fastest alternative's time over ours, median of the pairs. */
function summarise({ id, contestants, skipped, guard }) {
  const [own, ...others] = contestants;
  const bySpeed = [...others].sort((a, b) => median(a.seconds) - median(b.seconds));
  // One that was given up is no match, unless all were.
  const fastest = bySpeed.find(({ seconds }) => seconds.length === own.seconds.length) ?? bySpeed[0] ?? null;
  return {
    id,
    contestants: contestants.map(({ name, seconds, bytes, errors }) => ({
      name,
      milliseconds: 1e3 * median(seconds),
      samples: seconds.length,
      bytes,
      errors,
    })),
    fastest: fastest?.name ?? null,
    ratio: fastest && median(fastest.seconds.map((time, pair) => time / own.seconds[pair])),
    pairs: fastest ? fastest.seconds.length : 0,
    quiet: isQuiet(guard),
    skipped,
  };
}

/** What was asked and what came: { what, target, value, state }; value null where it was not measured. */
function targetsOf(row, machine, run) {
  const measured = run?.rows.find(({ id }) => id === row.id);
  const enough = measured !== undefined && measured.pairs >= leastPairs;
  const targets = [];
  if (row.targets) {
    const [target, value] = [row.targets[machine], enough ? measured.ratio : null];
    targets.push({ what: 'ratio', target, value, met: value >= target });
  }
  if (row.memoryTarget) {
    const [target, value] = [row.memoryTarget, measured?.contestants[0].bytes ?? null];
    targets.push({ what: 'memory', target, value, met: value <= target });
  }
  return targets.map(({ met, ...rest }) => {
    const state = met ? 'met' : 'missed';
    return { ...rest, state: rest.value === null ? 'open' : state };
  });
}

// ---- text ---------------------------------------------------------------------------------------------------------

const megabytes = (bytes) => (bytes === null ? '-' : `${Math.round(bytes / 1e6)} MB`);
const errorText = (errors) =>
  Object.values(errors)
    .map((error) => (error === null ? '-' : error.toExponential(1)))
    .join(' ');

const show = { ratio: (value) => `${value.toFixed(2)}x`, memory: megabytes };

const verdictText = (targets) =>
  targets
    .map(({ what, target, value, state }) =>
      state === 'open'
        ? `${show[what](target)} open`
        : `${show[what](value)} of ${show[what](target)} ${state}`,
    )
    .join(', ');

function targetTable(runs) {
  const lines = rows
    .filter((row) => row.targets)
    .map((row) => [
      row.id,
      row.title,
      ...Object.keys(machines).map((machine) => verdictText(targetsOf(row, machine, runs[machine]))),
    ]);
  return table(['row', '', ...Object.values(machines)], lines);
}

/** One line a row, as it is measured. */
function lineOf(summary) {
  const [own] = summary.contestants;
  const against = summary.fastest === null ? [] : [`${summary.ratio.toFixed(2)}x ${names[summary.fastest]}`];
  const notes = summary.quiet ? [] : ['the machine was not quiet'];
  const figures = [`${digits(own.milliseconds)} ms`, megabytes(own.bytes)];
  return [summary.id, ...figures, ...against, ...notes, ...skippedTexts(summary, names)].join('; ');
}

function tablesOf(run) {
  const lines = run.rows.flatMap((summary) =>
    summary.contestants.map(({ name, milliseconds, samples, bytes, errors }, i) => [
      i === 0 ? rowLabel(summary) : '',
      names[name],
      digits(milliseconds),
      samples,
      i === 0 && summary.ratio !== null ? `${summary.ratio.toFixed(2)} to ${names[summary.fastest]}` : '',
      megabytes(bytes),
      errorText(errors),
    ]),
  );
  const figures = table(['row', '', 'ms', 'runs', 'ratio', 'memory', 'errors: logp dHidden dWeight'], lines);
  return [figures, ...productTables(run)];
}

/** What the matrix products alone allow: no row can gain more than that without a faster product than torch.mm's. */
function productTables(run) {
  const lines = run.rows.flatMap(({ id, contestants, fastest, mmBfloat16 }) => {
    const row = rows.find((it) => it.id === id);
    const work = row && productWork(row);
    if (!work || fastest === null) return [];
    const milliseconds = (1e3 * work) / mmBfloat16;
    const [own] = contestants;
    const other = contestants.find(({ name }) => name === fastest);
    const fraction = `${Math.round((100 * milliseconds) / own.milliseconds)} %`;
    return [[id, digits(milliseconds), fraction, show.ratio(other.milliseconds / milliseconds)]];
  });
  const heads = [
    'row',
    'our products at torch.mm’s best rate, ms',
    'fraction of our time',
    'ratio if they were all',
  ];
  return lines.length === 0 ? [] : [table(heads, lines)];
}

const intro = [
  'Ratio: the time of the fastest alternative over ours, the median of pairs that take turns in one process. Memory: the',
  'most that a run holds above its inputs, the weight’s gradient included where there is one. Errors: against float64,',
  'the largest absolute one of logp, relative Frobenius norm of gradients. What is 1.4 times slower than the fastest',
  'alternative in its trial runs once.',
];

/** The page of docs/results. `runs`: the latest run of each instruction set. */
const page = (runs) =>
  pageText(
    {
      title: 'Log-probabilities and policy losses against eager PyTorch and chunked losses',
      intro,
      targetTable: targetTable(runs),
      tablesOf,
      names,
    },
    runs,
  );

module.exports = { leastPairs, lineOf, page, summarise, targetsOf };
