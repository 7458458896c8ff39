// The tables of the experiment from the results of finished arms: means over seeds and half of their 95 % t intervals.
import { evaluation } from '../../dist/index.mjs';
import { arms } from './arms.mjs';

/** The arm whose reasoning others are compared with, seed by seed. */
const start = 'sft';

const columns = [
  ['reasoning questions', ({ measured }) => measured.reasoning],
  ['one-step questions', ({ measured }) => measured.ordinary],
  ['all', ({ measured }) => measured.all],
  ['reasoning, direct', ({ measured }) => measured.direct?.reasoning],
  ['all, direct', ({ measured }) => measured.direct?.all],
  ['well-formed', ({ measured }) => measured.wellFormed],
];

export function tablesText(results) {
  const shown = results.filter(({ measured }) => measured !== undefined);
  const names = Object.keys(arms).filter((name) => shown.some(({ arm }) => arm === name));
  const of = (name) => shown.filter(({ arm }) => arm === name).sort((a, b) => a.seed - b.seed);
  const parts = [...new Set(shown.flatMap(({ measured }) => Object.keys(measured.benchmark ?? {})))];
  const accuracy = [
    ['arm', ...columns.map(([title]) => title), 'gain in reasoning', 'seeds'],
    ...names.map((name) => [
      arms[name].title,
      ...columns.map(([, value]) => percent(of(name).map(value))),
      name === start ? '' : percent(gains(of(name), of(start))),
      of(name)
        .map(({ seed }) => seed)
        .join(' '),
    ]),
  ];
  const benchmark = [
    ['arm', ...parts, 'generated: TP FP FN TN unread', 'asked directly'],
    ...names
      .filter((name) => of(name).some(({ measured }) => measured.benchmark))
      .map((name) => [
        arms[name].title,
        ...parts.map((part) => percent(of(name).map(({ measured }) => measured.benchmark[part].accuracy))),
        ...['benchmark', 'benchmarkDirect'].map((by) =>
          of(name)
            .flatMap(({ measured }) => (measured[by] ? [detectionText(measured[by])] : []))
            .join('; '),
        ),
      ]),
  ];
  const cost = [
    ['arm', 'seed', 'steps', 'pairs', 'rollouts', 'sampled tokens', 's of CPU'],
    ...Object.keys(arms).flatMap((name) =>
      results
        .filter(({ arm }) => arm === name)
        .map(({ seed, trained, pairs, cost }) =>
          [arms[name].title, seed, trained, pairs?.all, cost.rollouts, cost.tokens, cost.cpuSeconds].map(
            (value) => String(value ?? ''),
          ),
        ),
    ),
  ];
  return [accuracy, benchmark, cost].map((rows) => evaluation.alignColumns(rows, 1)).join('\n\n');
}

/** By seed: what an arm's model reasons better than the start does, or answers better that never reasons. */
function gains(results, starts) {
  const accuracy = ({ measured }) => measured.reasoning ?? measured.direct.reasoning;
  return results.flatMap((result) => {
    const before = starts.find(({ seed }) => seed === result.seed);
    return before === undefined ? [] : [accuracy(result) - accuracy(before)];
  });
}

function percent(values) {
  const known = values.filter((value) => typeof value === 'number');
  if (known.length === 0) return '';
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return (100 * mean).toFixed(1);
  const { low, high } = evaluation.tInterval(known);
  return `${(100 * mean).toFixed(1)} ± ${(50 * (high - low)).toFixed(1)}`;
}

function detectionText(parts) {
  const { detection } = Object.values(parts).find((part) => part.detection) ?? {};
  if (detection === undefined) return '';
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = detection;
  const unread = detection.unreadPositives + detection.unreadNegatives;
  return `${truePositives} ${falsePositives} ${falseNegatives} ${trueNegatives} ${unread}`;
}
