// What the experiment measures of a model, on the test clips, by greedy answers.
import { evaluation, rewards } from '../../dist/index.mjs';
import { withOtherSound } from './data.mjs';

export const kinds = ['sight', 'sound', 'both'];
export const views = ['av', 'v', 'a'];

/** The answers to the test samples in each view, and with the sound of another clip. */
export async function answersOf(model, test, maxNewTokens) {
  const own = await evaluation.evaluate(model, test, { views, maxNewTokens });
  const other = await evaluation.evaluate(model, withOtherSound(test), { views: ['av'], maxNewTokens });
  const completions = (answered, view) =>
    answered.filter((entry) => entry.view === view).map(({ completion }) => completion);
  const correct = (view) => own.filter((entry) => entry.view === view).map((entry) => Number(entry.correct));
  return {
    av: correct('av'),
    v: correct('v'),
    a: correct('a'),
    completions: completions(own, 'av'),
    wellFormed: own.filter(({ view }) => view === 'av').map((entry) => Number(entry.wellFormed)),
    otherSound: completions(other, 'av'),
  };
}

/** Means over the samples with their 95 % intervals, for each kind and for all kinds together. */
export function measured(test, answers, before) {
  const { av, v, a, completions, otherSound, wellFormed } = answers;
  const answer = (text) => rewards.answerText(text) ?? '';
  const values = {
    av,
    v,
    a,
    wellFormed,
    iou: completions.map((text, i) => evaluation.temporalIoU(spansOf(text), test[i].spans)),
    changed: completions.map((text, i) => Number(answer(text) !== answer(otherSound[i]))),
    ...(before && { gain: av.map((correct, i) => correct - before.av[i]) }),
  };
  const sets = [...kinds.map((kind) => [kind, (sample) => sample.kind === kind]), ['all', () => true]];
  return Object.fromEntries(
    sets.map(([name, isIn]) => {
      const chosen = test.flatMap((sample, i) => (isIn(sample) ? [i] : []));
      const clips = byClip(chosen, test);
      const mean = (name) => interval(clips, (picked) => average(picked.map((i) => values[name][i])));
      const synergy = interval(clips, (picked) => {
        const [both, seen, heard] = views.map((view) => average(picked.map((i) => values[view][i])));
        return both - Math.max(seen, heard);
      });
      const means = Object.fromEntries(Object.keys(values).map((name) => [name, mean(name)]));
      return [name, { ...means, synergy }];
    }),
  );
}

const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function byClip(indices, test) {
  const clips = new Map();
  for (const i of indices) clips.set(test[i].video, [...(clips.get(test[i].video) ?? []), i]);
  return [...clips.values()];
}

function interval(clips, statistic) {
  const { value, low, high } = evaluation.bootstrapInterval(clips, statistic);
  return [value, low, high].map((it) => Number(it.toFixed(4)));
}

function spansOf(text) {
  return rewards.timedCaptions(text).map(({ start, end }) => [start, end]);
}
