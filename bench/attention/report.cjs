// From the samples of bench/attention/measure.py to figures, verdicts and the page in docs/results. Pure functions.

const { rows, usefulFlops } = require('./rows.cjs');

/** Instruction sets that have targets. */
const machines = { avx512: 'AVX-512 BF16', amx: 'AMX' };
const directions = ['forward', 'backward'];
/** Fewest pairs that a verdict may rest on. */
const leastPairs = 10;
/** Relative Frobenius errors of out and of the gradients that are fine whatever PyTorch's are. */
const tolerances = { bfloat16: [4e-3, 5e-3], float32: [1e-5, 5e-5] };

const alternatives = {
  sdpa: 'SDPA',
  sdpa_call_per_leaf: 'one causal SDPA call a leaf',
  sdpa_dense_mask: 'SDPA, dense mask',
  flex: 'FlexAttention',
};

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * One direction of a row: our time and rate, the fastest alternative and the median of the pairs' ratios to it.
 * `ratio` is null where no alternative ran.
 */
function summariseDirection(direction, flops, [own, ...others]) {
  const seconds = median(own[direction]);
  // One that was given up after its trial is no match.
  const measured = others.filter((other) => other[direction].length === own[direction].length);
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
    // The same matrix product before and after the row: apart by more than a tenth, something else was running.
    quiet: Math.max(...guard) <= 1.1 * Math.min(...guard),
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

/** What was asked and what came: { what, direction, target, value }; value null where it was not measured. */
function targetsOf(row, machine, run) {
  const measured = run?.rows.find(({ id }) => id === row.id);
  // Rates compare within a run only: another may have found the machine busier.
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
        row.rateTarget.share,
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

const table = (header, lines) =>
  [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);

const digits = (value) => (value === null ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3));

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

const skippedText = ({ skipped }) =>
  Object.entries(skipped).map(([name, reason]) => `${alternatives[name]} skipped: ${reason}`);

/** One line a row, as it is measured. */
function lineOf(summary) {
  const parts = directions.map((direction) => {
    const { milliseconds, teraflops, fastest, ratio } = summary[direction];
    const against = fastest === null ? '' : `, ${ratio.toFixed(2)}x ${alternatives[fastest]}`;
    return `${direction} ${digits(milliseconds)} ms, ${digits(teraflops)} TFLOP/s${against}`;
  });
  const notes = [...skippedText(summary)];
  if (!summary.quiet) notes.push('the machine was not quiet');
  if (!summary.errorsFine) notes.push(`errors too large: ${errorText(summary.errors)}`);
  return [summary.id, ...parts, ...notes].join('; ');
}

const ceilingText = ({ mmBfloat16, mmFloat32, copy }) =>
  `${digits(mmBfloat16 / 1e12)} / ${digits(mmFloat32 / 1e12)} TFLOP/s, ${digits(copy / 1e9)} GB/s`;

function runText(isa, run) {
  const measured = run.rows.map((summary) => [
    summary.id + (summary.quiet ? '' : ' (not quiet)'),
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
  const notes = run.rows.flatMap((summary) => skippedText(summary).map((text) => `${summary.id}: ${text}.`));
  return [
    `## ${isa}`,
    '',
    `${run.cpu} (${run.features.join(' ')}), threads: ${run.threads}, PyTorch ${run.torch} (${run.capability}).`,
    `Best torch.mm in bfloat16 / float32, and copy: ${ceilingText(run.before)} before, ${ceilingText(run.after)} after.`,
    '',
    ...table(['row', 'ms', 'useful TFLOP/s', 'ratio to the fastest', 'errors: out dq dk dv'], measured),
    '',
    ...table(['row', 'PyTorch', 'ms', 'pairs', 'errors: out dq dk dv'], others),
    '',
    ...notes,
    `\`${run.command}\``,
  ];
}

/** The page of docs/results. `runs`: the latest run of each instruction set. */
function page(runs) {
  return [
    '# Attention against PyTorch',
    '',
    'Forward / backward throughout. Ratio: the time of the fastest PyTorch alternative over ours, the median of pairs that',
    'take turns in one process. Building the plan and packing count on our side; masks that PyTorch needs are built before.',
    'Useful work: 4 D floating-point operations a head and visible pair forward, 10 D backward. Errors: relative Frobenius',
    'norm to float64, over the first and the last key head. An alternative without a chance is not measured to the end.',
    '',
    '## Targets',
    '',
    ...targetTable(runs),
    '',
    ...Object.keys(runs)
      .sort()
      .flatMap((isa) => [...runText(isa, runs[isa]), '']),
  ].join('\n');
}

module.exports = { leastPairs, lineOf, page, summarise, targetsOf, verdict };
