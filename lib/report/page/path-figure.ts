// A path as a figure: its steps in order with bars of their divergence; below a step that was rolled out the step and its
// alternative side by side, each with the outcomes of its rollouts and p, and the pair that came of them.

import type { Outcomes, PathPairView, PathStep, PathView, StepExpansion } from '../view.js';
import { element } from './dom.js';
import { shortNumber } from './numbers.js';

export function pathFigure(path: PathView, index: number, count: number): HTMLElement {
  const { seed, tokens, steps, answer, correct, pairs } = path;
  const largest = steps.reduce((most, { divergence }) => Math.max(most, divergence ?? 0), 0);
  return element(
    'div',
    { class: 'path' },
    element('h4', {}, `Path ${index + 1} of ${count}`),
    element('p', { class: 'note' }, `seed ${seed}, ${tokens} tokens`),
    element('ol', { class: 'steps' }, ...steps.map((step) => stepItem(step, largest))),
    element(
      'p',
      { class: correct ? 'verdict target' : 'verdict wrong' },
      `Answer: ${answer === '' ? '(none)' : answer} (${correct ? 'right' : 'wrong'})`,
    ),
    ...pairs.map((pair) => element('p', { class: 'pair' }, pathPairText(pair))),
  );
}

function stepItem({ text, divergence, rank, expansion }: PathStep, largest: number): HTMLElement {
  const head =
    divergence === null && rank === null
      ? []
      : [
          element(
            'div',
            { class: 'divergence' },
            bar(divergence, largest),
            element('span', { class: 'number' }, shortNumber(divergence, 3)),
            rank === null ? '' : element('span', { class: 'rank' }, `selected ${rank}`),
          ),
        ];
  return element(
    'li',
    rank === null ? {} : { class: 'selected' },
    ...head,
    element('p', { class: 'text' }, text),
    ...(expansion === null ? [] : expansionParts(text, expansion)),
  );
}

/** As long as the path's largest is the whole. */
function bar(divergence: number | null, largest: number): HTMLElement {
  const filled = element('span', { class: 'filled' });
  const part = largest > 0 ? Math.min(1, Math.max(0, (divergence ?? 0) / largest)) : 0;
  filled.style.width = `${100 * part}%`;
  return element(
    'span',
    { class: 'bar', role: 'img', 'aria-label': `divergence ${shortNumber(divergence, 3)}` },
    filled,
  );
}

function expansionParts(step: string, { alternative, own, other, pair }: StepExpansion): HTMLElement[] {
  if (alternative === null)
    return [
      element('p', { class: 'note' }, 'No alternative differed from this step: it was not rolled out.'),
    ];
  const isChosen = (side: 'step' | 'alternative'): boolean => pair?.chosen === side;
  return [
    element(
      'div',
      { class: 'sides' },
      side('step', step, own, isChosen('step')),
      side('alternative', alternative, other, isChosen('alternative')),
    ),
    element(
      'p',
      { class: 'pair' },
      pair === null
        ? 'No pair came of it.'
        : `Pair: the ${pair.chosen} is preferred, p ${shortNumber(pair.pChosen, 3)} over ${shortNumber(pair.pRejected, 3)}, alpha ${shortNumber(pair.alpha, 3)}.`,
    ),
  ];
}

function side(
  name: string,
  text: string,
  { correct, continuations }: Outcomes,
  isChosen: boolean,
): HTMLElement {
  const right = correct.filter(Boolean).length;
  const p = correct.length === 0 ? null : right / correct.length;
  const rollouts = continuations.map((continuation, i) =>
    element(
      'li',
      {},
      element('span', { class: correct[i] ? 'target' : 'wrong' }, correct[i] ? 'right' : 'wrong'),
      ` ${continuation.trim() || '(nothing follows)'}`,
    ),
  );
  return element(
    'div',
    { class: isChosen ? 'side preferred' : 'side', 'data-side': name },
    element('h5', {}, isChosen ? `${name}, preferred` : name),
    element('p', { class: 'text' }, text),
    element(
      'p',
      { class: 'outcomes' },
      element(
        'span',
        { role: 'img', 'aria-label': `${right} of ${correct.length} rollouts are right` },
        ...correct.map((isRight) => element('span', { class: isRight ? 'mark right' : 'mark' })),
      ),
      ` ${right} of ${correct.length} right, p ${shortNumber(p, 3)}`,
    ),
    ...(rollouts.length === 0
      ? []
      : [element('details', {}, element('summary', {}, 'Rollouts'), element('ol', {}, ...rollouts))]),
  );
}

function pathPairText({ isChosen, other, alpha }: PathPairView): string {
  const name = other === null ? 'another path' : `path ${other + 1}`;
  const sides = isChosen ? `this path is preferred to ${name}` : `${name} is preferred to this path`;
  return `Pair: ${sides}, alpha ${shortNumber(alpha, 3)}.`;
}
