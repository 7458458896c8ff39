// What the pages of the benchmarks that run in Python share: their frame in docs/results, and how figures are told.

/** Instruction sets that have targets. */
const machines = { avx512_bf16: 'AVX-512 BF16', amx: 'AMX' };
/** Fewest pairs that a verdict may rest on. */
const leastPairs = 10;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** `guard`: the same matrix product before and after a row. Apart by more than a tenth, something else was running. */
const isQuiet = (guard) => Math.max(...guard) <= 1.1 * Math.min(...guard);

const table = (header, lines) =>
  [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);

const digits = (value) => (value === null ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** A row's name in its tables. */
const rowLabel = ({ id, quiet }) => (quiet ? id : `${id} (not quiet)`);

/** Why alternatives did not run, a text for each reason; `names`: the alternatives' names in words. */
const skippedTexts = ({ skipped }, names) =>
  [...new Set(Object.values(skipped))].map((reason) => {
    const those = Object.keys(skipped).filter((name) => skipped[name] === reason);
    return `${those.map((name) => names[name]).join(' and ')} skipped: ${reason}`;
  });

const ceilingText = ({ mmBfloat16, mmFloat32, copy }) =>
  `${digits(mmBfloat16 / 1e12)} / ${digits(mmFloat32 / 1e12)} TFLOP/s, ${digits(copy / 1e9)} GB/s`;

/** One instruction set's run: machine and ceilings, then `tables`, lists of lines. */
function runText(isa, run, tables, names) {
  const notes = run.rows.flatMap((row) => skippedTexts(row, names).map((text) => `${row.id}: ${text}.`));
  return [
    `## ${isa}`,
    '',
    `${run.cpu} (${run.features.join(' ')}), threads: ${run.threads}, PyTorch ${run.torch} (${run.capability}).`,
    `Best torch.mm in bfloat16 / float32, and copy: ${ceilingText(run.before)} before, ${ceilingText(run.after)} after.`,
    '',
    ...tables.flatMap((lines) => [...lines, '']),
    ...notes,
    `\`${run.command}\``,
    '',
  ];
}

/**
 * The page of docs/results. `runs`: the latest run of each instruction set; `tablesOf(run)`: its tables; `names`: the
 * alternatives' names in words.
 */
function pageText({ title, intro, targetTable, tablesOf, names }, runs) {
  const sections = Object.keys(runs)
    .sort()
    .flatMap((isa) => runText(isa, runs[isa], tablesOf(runs[isa]), names));
  return [`# ${title}`, '', ...intro, '', '## Targets', '', ...targetTable, '', ...sections].join('\n');
}

module.exports = {
  digits,
  isQuiet,
  leastPairs,
  machines,
  median,
  pageText,
  rowLabel,
  skippedTexts,
  table,
};
