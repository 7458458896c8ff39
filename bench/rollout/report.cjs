// From what bench/rollout measures to lines, verdicts and the page in docs/results. Pure functions.

const { digits, table } = require('../results-page.cjs');
const { rows } = require('./rows.cjs');

const orDash = (show) => (value) => (value === null ? '-' : show(value));
const milliseconds = orDash((seconds) => digits(1e3 * seconds));
const gigabytes = orDash((bytes) => (bytes / 1e9).toFixed(1));
const times = (ratio) => `${ratio.toFixed(2)}x`;
const percent = (ratio) => `${(100 * ratio).toFixed(1)} %`;

/** How a row is judged: what its ratio is called, how it is shown, whether less is better. */
const judged = {
  step: { name: 'a step', show: times, meets: (value, target) => value >= target },
  call: { name: 'the call', show: times, meets: (value, target) => value >= target },
  read: { name: 'of the probe', show: percent, meets: (value, target) => value >= target },
  fraction: { name: 'of the time', show: times, meets: (value, target) => value <= target },
};

/** { value, target, state, text } of a measured case. */
function verdict({ of, ratios, target }) {
  const { show, meets, name } = judged[of];
  const value = ratios[of];
  const state = meets(value, target) ? 'met' : 'missed';
  return { value, target, state, text: `${show(value)} of ${show(target)} ${state} (${name})` };
}

function sideText(name, { dtype, step, call, rate, decodeRate, bytes }) {
  const decoding = decodeRate === null ? [] : [`${digits(decodeRate)} tokens/s decoding`];
  return [
    `${name} ${dtype} ${milliseconds(step)} ms a step`,
    ...decoding,
    `${digits(call)} s the call`,
    `${digits(rate)} tokens/s`,
    `${gigabytes(bytes)} GB`,
  ].join(', ');
}

const machineText = ({ read, float32, bfloat16 }) =>
  `read ${digits(read / 1e9)} GB/s, products ${digits(float32 / 1e12)} / ${digits(bfloat16 / 1e12)} TFLOP/s`;

/** One line a case, as it is measured. */
function caseLine({ id, peer: name }, it) {
  const { title, own, peer, machine, ratios } = it;
  const sides = [sideText('earsight', own), ...(peer === null ? [] : [sideText(name, peer)])];
  const both = Object.entries(ratios)
    .filter(([of]) => of !== it.of)
    .map(([of, value]) => `${judged[of].show(value)} (${judged[of].name})`);
  return [`${id} ${title}`, ...sides, machineText(machine), verdict(it).text, ...both].join('; ');
}

/** Texts of the checks that failed. */
const failedChecks = (measured) =>
  measured.flatMap(({ id, checks = [] }) =>
    checks.filter(({ ok }) => !ok).map(({ text }) => `${id}: ${text}`),
  );

/** Rows of an earlier run on the same machine stay beside those of this one. */
function withEarlier(result, earlier) {
  const same = ['cpu', 'threads'].every((field) => earlier?.[field] === result[field]);
  const measured = new Set(result.rows.map(({ id }) => id));
  const kept = same ? earlier.rows.filter(({ id }) => !measured.has(id)) : [];
  const place = ({ id }) => rows.findIndex((row) => row.id === id);
  return { ...result, rows: [...result.rows, ...kept].sort((a, b) => place(a) - place(b)) };
}

// ---- page ---------------------------------------------------------------------------------------------------------

const titleOf = (row, { title }) => (row.cases === undefined || row.cases.length === 1 ? row.title : title);

function targetLines(row, measured) {
  if (measured === undefined) return [[row.id, row.title, row.peer, 'not measured']];
  if (measured.skipped !== undefined) return [[row.id, row.title, row.peer, 'skipped']];
  const titleOfCase = (it) => (row.cases === undefined ? row.title : `${row.title}: ${it.title}`);
  return measured.cases.map((it) => [row.id, titleOfCase(it), row.peer, verdict(it).text]);
}

function figureLines(row, { cases = [] } = {}) {
  return cases.flatMap((it) =>
    [
      ['earsight', it.own],
      [row.peer, it.peer],
    ]
      .filter(([, side]) => side !== null)
      .map(([name, { dtype, step, call, rate, decodeRate, bytes }], i) => [
        i === 0 ? row.id : '',
        i === 0 ? titleOf(row, it) : '',
        name,
        dtype,
        milliseconds(step),
        orDash(digits)(decodeRate),
        digits(call),
        orDash(digits)(rate),
        gigabytes(bytes),
        i === 0
          ? Object.entries(it.ratios)
              .map(([of, value]) => `${judged[of].show(value)} ${judged[of].name}`)
              .join(', ')
          : '',
        i === 0 ? digits(it.machine.read / 1e9) : '',
        i === 0 ? `${digits(it.machine.float32 / 1e12)} / ${digits(it.machine.bfloat16 / 1e12)}` : '',
      ]),
  );
}

function noteLines(row, measured = {}) {
  const { checks = [], cases = [], skipped, peer } = measured;
  const parts = cases
    .filter((it) => it.peer?.measured !== undefined)
    .map(
      ({ title, peer: side }) =>
        `${title}: the peer's prompts were computed for ${side.measured} rollouts and counted for all; its steps are the first ` +
        `ones of ${side.rows} rollouts at once, after a prompt that was computed once.`,
    );
  return [
    ...(skipped === undefined ? [] : [`skipped: ${skipped}.`]),
    ...(peer ? [`beside ${peer}.`] : []),
    ...checks.map(({ text }) => `${text}.`),
    ...parts,
  ].map((text) => `- ${row.id}: ${text}`);
}

const figureHeads = [
  ...[
    'row',
    '',
    '',
    'dtype',
    'ms a step',
    'tokens/s decoding',
    's the call',
    'tokens/s',
    'peak memory, GB',
    'ratios',
  ],
  ...['read, GB/s', 'products, TFLOP/s'],
];

const intro = [
  'The same weights on both sides, a process each, in turns; the peer of a text row is halted half way while ours has another',
  'turn. Text rows are greedy, over prompts of random ids; both dtypes are tried, and the faster counts, on each side. Of several',
  'turns the least is told. A step: the call but its prompts and first token, over the tokens that follow; a GRPO step is one',
  'step. Read: bytes a second that a probe reads from memory of four times the last cache, with as many threads. Products:',
  '`torch.mm` of 1,024 in float32 / bfloat16. Peak memory: of the whole process.',
];

/** The page of docs/results. */
function page(result) {
  const measuredOf = ({ id }) => result.rows.find((it) => it.id === id);
  const each = (lines) => rows.flatMap((row) => lines(row, measuredOf(row)));
  return [
    '# Sampling beside its peers',
    '',
    ...intro,
    '',
    '## Targets',
    '',
    ...table(['row', '', 'peer', 'result'], each(targetLines)),
    '',
    '## Figures',
    '',
    ...table(figureHeads, each(figureLines)),
    '',
    ...each(noteLines),
    '',
    `${result.cpu}, ${result.threads} threads, Node ${result.node}.`,
    '`npm run bench -- rollout --llama PYTHON --write`',
    '',
  ].join('\n');
}

module.exports = { caseLine, failedChecks, page, verdict, withEarlier };
