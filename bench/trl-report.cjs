// How a benchmark of steps beside TRL's tells its figures: lines as they are measured, verdicts, and the tables of its page. Pure
// functions.

const { digits, table } = require('./results-page.cjs');

const scientific = (value) => value.toExponential(1);
const pair = ([least, median]) => `${digits(1e3 * least)} / ${digits(1e3 * median)}`;
const megabytes = (bytes) => (bytes === null ? '-' : (bytes / 1e6).toFixed(0));
const isWithin = (value, bound) => typeof value === 'number' && value <= bound;

/**
 * @param rows in the order of the page; each has an id, a title and a target: ours over TRL's time may be so much
 * @param bounds what the sides may differ by and how it is told, by the name of the difference
 * @param parts of a step, seconds each in what a side measured
 * @param moved how far the updates moved, in words for the line, by the name of the difference
 * @param texts the page's title, and lines above its tables of figures and of differences
 */
function reportOf({ name, rows, bounds, parts, moved, texts }) {
  const rowOf = ({ id }) => rows.find((row) => row.id === id);

  /** The furthest differences, and whether each is within its bound. What is no number (null in JSON) is not. */
  const agreementOf = (differences) => ({
    ...differences,
    ok: Object.entries(bounds).every(([difference, { bound }]) => isWithin(differences[difference], bound)),
  });

  function agreementLine({ id }, { ok, updates, ...differences }) {
    const told = Object.entries(bounds).map(
      ([difference, { title }]) => `${title} ${scientific(differences[difference])}`,
    );
    const movement = Object.entries(moved).map(
      ([difference, { line }]) => `${line} by ${scientific(differences[difference])}`,
    );
    const state = ok ? 'agree' : 'DISAGREE';
    return `${id}; the sides ${state} in ${updates} updates that moved ${movement.join(', ')}: ${told.join(', ')}`;
  }

  function sideText(who, side) {
    const each = parts.map((part) => `${part} ${digits(1e3 * side[part])}`);
    return `${who} ${pair(side.seconds)} ms (${each.join(', ')}), CPU ${digits(1e3 * side.cpu)} ms, ${megabytes(side.bytes)} MB`;
  }

  /** Our time over the peer's, of the least and of the median steps; the larger one is judged. */
  function verdict(row, { own, peer }) {
    const { target } = rowOf(row);
    const [least, middle] = [0, 1].map((i) => own.seconds[i] / peer.seconds[i]);
    const state = Math.max(least, middle) <= target ? 'met' : 'missed';
    const text = `${least.toFixed(2)}x / ${middle.toFixed(2)}x of ${target}x ${state}`;
    return { least, median: middle, state, text };
  }

  /** One line a case, as it is measured. */
  function caseLine(row, it) {
    const { threads, load, own, peer } = it;
    const sides = [
      sideText('earsight', own),
      ...(peer === null ? [] : [sideText('TRL', peer), verdict(row, it).text]),
    ];
    return [`${row.id}, threads: ${threads}`, ...sides, `load ${load.toFixed(1)}`].join('; ');
  }

  /** Rows of an earlier run on the same machine beside the same TRL stay beside those of this one. */
  function withEarlier(result, earlier) {
    const same = ['cpu', 'peer'].every((field) => earlier?.[field] === result[field]);
    const measured = new Set(result.rows.map(({ id }) => id));
    const kept = same ? earlier.rows.filter(({ id }) => !measured.has(id)) : [];
    const place = ({ id }) => rows.findIndex((row) => row.id === id);
    return { ...result, rows: [...result.rows, ...kept].sort((a, b) => place(a) - place(b)) };
  }

  function figureLines({ id, cases }) {
    return cases.flatMap(({ threads, load, own, peer }) =>
      [
        ['earsight', own],
        ['TRL', peer],
      ].map(([who, side], i) => [
        ...(i === 0 ? [id, threads] : ['', '']),
        who,
        pair(side.seconds),
        ...[...parts, 'cpu'].map((part) => digits(1e3 * side[part])),
        digits(side.rate),
        megabytes(side.bytes),
        i === 0 ? load.toFixed(1) : '',
      ]),
    );
  }

  /** The page of docs/results. */
  function page(result) {
    const { title, intro, agreementIntro } = texts;
    return [
      `# ${title}`,
      '',
      ...intro,
      '',
      '## Targets',
      '',
      ...table(
        ['row', '', 'threads', "time over TRL's, least / median"],
        result.rows.flatMap((row) =>
          row.cases.map((it) => [row.id, rowOf(row).title, it.threads, verdict(row, it).text]),
        ),
      ),
      '',
      '## Figures',
      '',
      ...table(
        ['row', 'threads', '', 'ms a step', ...parts, 'CPU ms', 'tokens/s', 'peak memory, MB', 'load'],
        result.rows.flatMap(figureLines),
      ),
      '',
      '## Agreement',
      '',
      ...agreementIntro,
      '',
      ...table(
        ['row', 'updates', ...[...Object.values(bounds), ...Object.values(moved)].map((it) => it.title)],
        result.rows.map(({ id, agreement }) => [
          id,
          agreement.updates,
          ...[...Object.keys(bounds), ...Object.keys(moved)].map((it) => scientific(agreement[it])),
        ]),
      ),
      '',
      `${result.cpu}, Node ${result.node}; ${result.peer}.`,
      `\`npm run bench -- ${name} --write\``,
      '',
    ].join('\n');
  }

  return { agreementLine, agreementOf, caseLine, page, verdict, withEarlier };
}

module.exports = { reportOf };
