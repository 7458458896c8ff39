// The tables of the experiment from the results of finished arms.
import { evaluation } from '../../dist/index.mjs';
import { arms } from './arms.mjs';
import { kinds } from './measure.mjs';

/** Over seeds their mean and half of its t interval; of a seed alone its own value and that of the bootstrap over clips. */
function interval(values) {
  const [[value, low, high]] = values;
  const of =
    values.length === 1 ? { value, low, high } : evaluation.tInterval(values.map(([value]) => value));
  return { value: of.value, half: (of.high - of.low) / 2 };
}

const columns = [
  ['audio+video', 'av', percent],
  ['video', 'v', percent],
  ['audio', 'a', percent],
  ['AV - best single', 'synergy', points],
  ['gain over start', 'gain', points],
  ['temporal IoU', 'iou', fraction],
  ['changed by other sound', 'changed', percent],
  ['well-formed', 'wellFormed', percent],
];

/** Arms of other minutes stand in tables of their own, each beside the starts. */
export function tablesText(results) {
  const minutes = [...new Set(results.flatMap(({ minutes }) => minutes ?? []))].sort((a, b) => b - a);
  return (minutes.length === 0 ? [null] : minutes)
    .map((wanted) => {
      const chosen = results.filter(({ minutes }) => minutes === null || minutes === wanted);
      const title = wanted === null ? [] : [`${wanted} min an arm`, ''];
      return [...title, accuracyText(chosen), '', costText(chosen)].join('\n');
    })
    .join('\n\n');
}

/** A row for each arm and kind of question. */
function accuracyText(results) {
  const header = ['arm', 'questions', ...columns.map(([title]) => title), 'seeds'];
  const rows = finishedArms(results).flatMap(([name, ofArm]) =>
    [...kinds, 'all'].map((kind) => [
      arms[name].title,
      kind,
      ...columns.map(([, field, text]) => {
        const values = ofArm.flatMap(({ measured }) => {
          const value = measured[kind][field];
          return value === undefined ? [] : [value];
        });
        return values.length === 0 ? '' : text(interval(values));
      }),
      ofArm.map(({ seed }) => seed).join(' '),
    ]),
  );
  return evaluation.alignColumns([header, ...rows], 2);
}

/** What each run cost. */
function costText(results) {
  const rows = finishedArms(results).flatMap(([name, ofArm]) =>
    ofArm.map(({ seed, trained }) => [
      arms[name].title,
      String(seed),
      Object.entries(trained)
        .map(([stage, { steps, cpuSeconds }]) => `${stage}: ${steps} steps, ${cpuSeconds} s of CPU`)
        .join('; '),
    ]),
  );
  return evaluation.alignColumns([['arm', 'seed', 'trained'], ...rows], 3);
}

function finishedArms(results) {
  return Object.keys(arms)
    .map((name) => [name, results.filter(({ arm }) => arm === name).sort((a, b) => a.seed - b.seed)])
    .filter(([, ofArm]) => ofArm.length > 0);
}

function percent({ value, half }) {
  return `${(100 * value).toFixed(1)} ± ${(100 * half).toFixed(1)}`;
}

function points({ value, half }) {
  return `${evaluation.points(value)} ± ${(100 * half).toFixed(1)}`;
}

function fraction({ value, half }) {
  return `${value.toFixed(3)} ± ${half.toFixed(3)}`;
}
