// The completions of a group as a table: views, scores of each reward, rewards and advantages. One of them is chosen.

import type { RolloutView } from '../view.js';
import { element } from './dom.js';
import { shortNumber } from './numbers.js';

export function groupTable(
  group: readonly RolloutView[],
  chosen: RolloutView,
  choose: (rollout: RolloutView) => void,
): HTMLElement {
  const names = [...new Set(group.flatMap(({ rewards }) => Object.keys(rewards)))];
  const header = ['completion', 'says', ...names, 'reward', 'advantage', 'tokens'];
  const rows = group.map((rollout) => {
    const { view, index, answer, reward, advantage, tokens, finishReason, inLoss } = rollout;
    const button = element(
      'button',
      { type: 'button', 'aria-pressed': String(rollout === chosen) },
      rolloutName(rollout),
    );
    button.addEventListener('click', () => choose(rollout));
    const loss = view === 'av' && !inLoss ? 'not in the loss' : '';
    return element(
      'tr',
      rollout === chosen ? { class: 'chosen', 'data-index': index } : { 'data-index': index },
      element('th', { scope: 'row' }, button),
      element('td', { class: 'short' }, answer ?? '\u2013'),
      ...names.map((name) => element('td', { class: 'number' }, scoreText(rollout, name))),
      element('td', { class: 'number' }, shortNumber(reward)),
      element('td', { class: 'number' }, shortNumber(advantage), small(loss)),
      element('td', { class: 'number' }, String(tokens), small(finishReason === 'stop' ? '' : finishReason)),
    );
  });
  return element(
    'div',
    { class: 'wide', role: 'region', 'aria-label': 'Completions of the group', tabindex: 0 },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...header.map((name) => element('th', { scope: 'col' }, name)))),
      element('tbody', {}, ...rows),
    ),
  );
}

/** `av 3`: the view, and its place in the group. */
export function rolloutName({ view, index }: RolloutView): string {
  return `${view} ${index}`;
}

function scoreText({ rewards, failed }: RolloutView, name: string): string {
  return failed.includes(name) ? 'failed' : shortNumber(rewards[name]);
}

function small(text: string): HTMLElement | string {
  return text === '' ? '' : element('small', {}, text);
}
