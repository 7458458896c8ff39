// A few test clips for the report: the question, the right answer and the model's completion after each stage. Chosen by
// rule, not by eye: of each kind the first question that the training turned from wrong to right, and the first that
// is still wrong at the end.

import { letterOf, type Sample } from '../data/index.js';
import type { Answered } from '../eval/index.js';
import { groupBy } from '../runtime/index.js';
import { escapeHtml } from './escape.js';
import { type ClipSource, mediaHtml } from './media.js';

export interface ReportClip {
  sample: Sample;
  /** The model's completions with both tracks, in the order of the stages. */
  answers: { stage: string; completion: string; correct: boolean }[];
}

/**
 * At most two questions of each kind, of those that were answered after the most stages: a stage may answer none (it
 * taught no questions), or the first ones only.
 */
export function pickClips(stages: readonly { name: string; answered: readonly Answered[] }[]): ReportClip[] {
  const clips = new Map<string, ReportClip>();
  for (const { name, answered } of stages) {
    for (const { sample, view, completion, correct } of answered) {
      if (view !== 'av') continue;
      const clip = clips.get(sample.id) ?? { sample, answers: [] };
      clips.set(sample.id, clip);
      clip.answers.push({ stage: name, completion, correct });
    }
  }
  return [...groupBy(clips.values(), ({ sample }) => sample.kind).values()].flatMap((ofKind) => {
    const most = ofKind.reduce((longest, { answers }) => Math.max(longest, answers.length), 0);
    const complete = ofKind.filter(({ answers }) => answers.length === most);
    const learned = complete.find(({ answers }) => !answers[0].correct && answers.at(-1)?.correct);
    const wrong = complete.find(({ answers }) => !answers.at(-1)?.correct);
    const picked = [learned, wrong].filter((clip) => clip !== undefined);
    return picked.length > 0 ? picked : complete.slice(0, 1);
  });
}

/** @param folders as `realFolders` gives them: only clips below these are shown */
export function clipHtml(
  { sample, answers }: ReportClip,
  folders: readonly string[],
  clips: ClipSource,
): string {
  const { id, kind, question, options = [], answer } = sample;
  const choices = options.map(
    (option, i) =>
      `<li${option === answer ? ' class="target"' : ''}>${letterOf(i)}. ${escapeHtml(option)}</li>`,
  );
  const completions = answers.map(
    ({ stage, completion, correct }) =>
      `<dt>${escapeHtml(stage)}: ${correct ? 'right' : 'wrong'}</dt><dd>${escapeHtml(completion) || '(nothing)'}</dd>`,
  );
  return `<article>
${mediaHtml(sample.video ?? sample.audio ?? null, folders, clips)}
<div>
<h3>${escapeHtml(question)}</h3>
<p class="note">${escapeHtml(kind ? `${id}, ${kind}` : id)}</p>
${options.length > 0 ? `<ul>${choices.join('')}</ul>` : `<p class="target">${escapeHtml(answer ?? '')}</p>`}
<dl>${completions.join('')}</dl>
</div>
</article>`;
}
