// Figures, verdicts and the page in docs/results from the samples of bench/attention/measure.py. Pure functions.

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
const { rows, usefulFlops } = require('./rows.cjs');

const directions = ['forward', 'backward'];
/** Relative Frobenius errors of out and of the gradients that are fine whatever PyTorch's are. */
const tolerances = { bfloat16: [4e-3, 5e-3], float32: [1e-5, 5e-5] };

const alternatives = {
  sdpa: 'SDPA',
  sdpa_call_per_leaf: 'one causal SDPA call a leaf',
  sdpa_dense_mask: 'SDPA, dense mask',
  flex: 'FlexAttention',
};

/**
 * One direction of a row: our time and rate, the fastest alternative and the median of the pairs' ratios to it.
 * `ratio` is null where no alternative ran.
 */
function summariseDirection(direction, flops, [own, ...others]) {
  const seconds = median(own[direction]);
  // An alternative that was stopped early does not count, unless all were.
  const whole = others.filter((other) => other[direction].length === own[direction].length);
  const measured = whole.length > 0 ? whole : others.filter((other) => other[direction].length > 0);
  const fastest = measured.sort((a, b) => median(a[direction]) - median(b[direction]))[0] ?? null;
  const ratios = fastest === null ? [] : fastest[direction].map((time, pair) => time / own[direction][pair]);
  return {
    milliseconds: 1e3 * seconds,
    teraflops: flops / seconds / 1e12,
    fastest: fastest?.name ?? null,
    fastestMilliseconds: fastest === null ? null : 1e3 * median(fastest[direction]),
    ratio: ratios.length > 0 ? median(ratios) : null,
    pairs: ratios.length,
  };
}

/** `measured`: a 'row' line of measure.py. */
function summarise(measured) {
  const row = rows.find(({ id }) => id === measured.id);
  const flops = usefulFlops(row);
  const { contestants, skipped, guard } = measured;
  const [own, ...others] = contestants;
  const summary = {
    id: row.id,
    errors: own.errors,
    errorsFine: errorsFine(row.dtype, own.errors, others),
    quiet: isQuiet(guard),
    alternatives: others.map(({ name, forward, backward, errors }) => ({
      name,
      forwardMilliseconds: 1e3 * median(forward),
      backwardMilliseconds: backward.length > 0 ? 1e3 * median(backward) : null,
      pairs: forward.length,
      errors,
    })),
    skipped,
  };
  for (const [i, direction] of directions.entries())
    summary[direction] = summariseDirection(direction, flops[i], contestants);
  return summary;
}

/** Each of out, dq, dk, dv: inside the tolerance, or at most 1.1 times the error of PyTorch's best. */
function errorsFine(dtype, errors, others) {
  return errors.every((error, i) => {
    const theirs = Math.min(...others.map((other) => other.errors[i] ?? Number.POSITIVE_INFINITY));
    return error <= tolerances[dtype][Math.min(i, 1)] || error <= 1.1 * theirs;
  });
}

/** Targets and results: { what, direction, target, value }; value null where it was not measured. */
function targetsOf(row, machine, run) {
  const measured = run?.rows.find(({ id }) => id === row.id);
  // Rates are comparable within a run only: the machine may have been busier in another.
  const other = run?.rows.find(
    ({ id, started }) => id === row.rateTarget?.row && started === measured?.started,
  );
  return directions.flatMap((direction, i) => {
    const own = measured?.[direction];
    const targets = [];
    if (row.targets) targets.push(['ratio', row.targets[machine][i], own?.ratio]);
    if (row.gemmTargets)
      targets.push([
        'gemm',
        row.gemmTargets[machine][i],
        own && (1e12 * own.teraflops) / measured.mmBfloat16,
      ]);
    if (row.rateTarget)
      targets.push([
        'rate',
        row.rateTarget.fraction,
        own && other && own.teraflops / other[direction].teraflops,
      ]);
    return targets.map(([what, target, value]) => ({ what, direction, target, value: value ?? null }));
  });
}

const verdict = ({ target, value }) => {
  if (value === null) return 'open';
  return value >= target ? 'met' : 'missed';
};

// ---- text ---------------------------------------------------------------------------------------------------------

const errorText = (errors) => errors.map((error) => error.toExponential(1)).join(' ');

/** `4.12 of 4 met / 2.61 of 2.7 missed`, or what is open. */
function verdictText(targets) {
  return targets
    .map((target) => {
      const inPercent = target.what !== 'ratio';
      const show = (value) => (inPercent ? `${(100 * value).toFixed(0)} %` : value.toFixed(2));
      const state = verdict(target);
      return state === 'open'
        ? `${show(target.target)} open`
        : `${show(target.value)} of ${show(target.target)} ${state}`;
    })
    .join(' / ');
}

const whatText = {
  ratio: ({ id }) => id,
  gemm: ({ id }) => `${id}, our rate over torch.mm's`,
  rate: ({ id, rateTarget }) => `${id}, our useful rate over ${rateTarget.row}'s`,
};

function targetTable(runs) {
  const lines = rows.flatMap((row) => {
    const byMachine = Object.keys(machines).map((machine) => targetsOf(row, machine, runs[machine]));
    return Object.keys(whatText)
      .filter((what) => byMachine[0].some((target) => target.what === what))
      .map((what) => [
        whatText[what](row),
        row.title,
        ...byMachine.map((targets) => verdictText(targets.filter((target) => target.what === what))),
      ]);
  });
  return table(['row', '', ...Object.values(machines).map((name) => `${name}, forward / backward`)], lines);
}

/** One line a row, as it is measured. */
function lineOf(summary) {
  const parts = directions.map((direction) => {
    const { milliseconds, teraflops, fastest, ratio } = summary[direction];
    const against = fastest === null ? '' : `, ${ratio.toFixed(2)}x ${alternatives[fastest]}`;
    return `${direction} ${digits(milliseconds)} ms, ${digits(teraflops)} TFLOP/s${against}`;
  });
  const notes = skippedTexts(summary, alternatives);
  if (!summary.quiet) notes.push('the machine was not quiet');
  if (!summary.errorsFine) notes.push(`errors too large: ${errorText(summary.errors)}`);
  return [summary.id, ...parts, ...notes].join('; ');
}

function tablesOf(run) {
  const measured = run.rows.map((summary) => [
    rowLabel(summary),
    directions.map((d) => digits(summary[d].milliseconds)).join(' / '),
    directions.map((d) => digits(summary[d].teraflops)).join(' / '),
    directions.map((d) => (summary[d].ratio === null ? '-' : summary[d].ratio.toFixed(2))).join(' / '),
    `${errorText(summary.errors)}${summary.errorsFine ? '' : ' (too large)'}`,
  ]);
  const others = run.rows.flatMap((summary) =>
    summary.alternatives.map((other) => [
      summary.id,
      alternatives[other.name],
      [other.forwardMilliseconds, other.backwardMilliseconds].map(digits).join(' / '),
      other.pairs,
      errorText(other.errors),
    ]),
  );
  return [
    table(['row', 'ms', 'useful TFLOP/s', 'ratio to the fastest', 'errors: out dq dk dv'], measured),
    table(['row', 'PyTorch', 'ms', 'pairs', 'errors: out dq dk dv'], others),
  ];
}

const intro = [
  'Forward / backward throughout. Ratio: the time of the fastest PyTorch alternative over ours, the median of pairs that',
  'take turns in one process. Building the plan and packing count on our side; masks that PyTorch needs are built before.',
  'Useful work: 4 D floating-point operations a head and visible pair forward, 10 D backward. Errors: relative Frobenius',
  'norm to float64, over the first and the last key head. An alternative without a chance runs once.',
];

/** The page of docs/results. `runs`: the latest run of each instruction set. */
const page = (runs) =>
  pageText(
    {
      title: 'Attention against PyTorch',
      intro,
      targetTable: targetTable(runs),
      tablesOf,
      names: alternatives,
    },
    runs,
  );

module.exports = { leastPairs, lineOf, page, summarise, targetsOf, verdict };
