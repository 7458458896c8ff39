// One completion beside its sample: the clip with its time line, the question, and what the model wrote.

import type { ReportView, RolloutView, SampleView } from '../view.js';
import { type Clip, showClip } from './clip.js';
import { element } from './dom.js';
import { rolloutName } from './group-table.js';
import { timeline, timeText } from './timeline.js';

/** @param sample missing: the report does not know the run's data */
export function clipOf(sample: SampleView | undefined, view: ReportView): Clip {
  return sample?.clip == null ? { place: element('div'), media: null } : showClip(sample.clip, view);
}

export function spansOf(sample: SampleView | undefined, rollout: RolloutView, { media }: Clip): HTMLElement {
  return timeline(
    [
      { name: 'reference', spans: sample?.spans ?? [], labels: [] },
      { name: 'predicted', spans: rollout.spans, labels: rollout.captions },
    ],
    media,
  );
}

export function questionOf(id: string, sample: SampleView | undefined): HTMLElement {
  if (sample === undefined)
    return element(
      'p',
      { class: 'note' },
      `Sample ${id}: the report does not know its data; name the file of samples by --data.`,
    );
  const { question, options, answer, kind } = sample;
  return element(
    'div',
    {},
    element('h4', {}, question),
    element('p', { class: 'note' }, kind === null ? id : `${id}, ${kind}`),
    options.length > 0
      ? element(
          'ul',
          {},
          ...options.map((option, i) =>
            element('li', option === answer ? { class: 'target' } : {}, `${letterOf(i)}. ${option}`),
          ),
        )
      : element('p', { class: 'target' }, answer ?? ''),
  );
}

export function completionOf(rollout: RolloutView): HTMLElement {
  const { spans, captions, thinking, answer, completion } = rollout;
  const part = (name: string, ...content: (Node | string)[]) => [
    element('dt', {}, name),
    element('dd', {}, ...content),
  ];
  const items = spans.map((span, i) =>
    element('li', {}, element('span', { class: 'note' }, timeText(span)), ` ${captions[i] ?? ''}`),
  );
  return element(
    'div',
    {},
    element('h4', {}, `Completion ${rolloutName(rollout)}`),
    element(
      'dl',
      {},
      ...part('captions', items.length > 0 ? element('ol', {}, ...items) : '(none)'),
      ...part('thinking', thinking ?? '(none)'),
      ...part('answer', answer ?? '(none)'),
    ),
    element('details', {}, element('summary', {}, 'The whole text'), element('pre', {}, completion)),
  );
}

function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}
