// The parts of the page that are made here, for one run or for several side by side. Those without a body are filled by
// the page's script.

import { hasMedia } from '../data/index.js';
import type { MetricsLine } from '../train/index.js';
import { accuracyTableHtml } from './accuracy-table.js';
import { clipHtml } from './clips.js';
import { escapeHtml } from './escape.js';
import { headerHtml, settingsHtml } from './header.js';
import type { ClipSource } from './media.js';
import type { RunData } from './run-data.js';
import type { Section } from './view.js';

const noScript = (what: string): string =>
  `<noscript><p class="note">${what} need scripts, which are off.</p></noscript>`;

export function sectionsOf(runs: readonly RunData[], clipSource: ClipSource): Section[] {
  const clipsHtml = ({ clips, mediaFolders }: RunData): string =>
    clips.map((clip) => clipHtml(clip, mediaFolders, clipSource)).join('\n');
  const hasPaths = runs.some(({ paths }) => !paths.isEmpty);
  const hasClips = runs.some(({ clips }) => clips.some(({ sample }) => hasMedia(sample)));
  return [
    { id: 'problems', heading: '', body: sideBySide(runs, problemsHtml) },
    { id: 'about', heading: '', body: sideBySide(runs, ({ records }) => headerHtml(records)) },
    { id: 'accuracy', heading: 'Accuracy', body: sideBySide(runs, accuracyHtml) },
    { id: 'curves', heading: 'Training', body: noScript('The curves') },
    { id: 'rollouts', heading: 'Rollouts', body: noScript('Rollouts') },
    { id: 'paths', heading: 'Contrastive rollouts', body: hasPaths ? noScript('Contrastive rollouts') : '' },
    { id: 'stages', heading: 'Stages', body: sideBySide(runs, stagesHtml) },
    { id: 'clips', heading: hasClips ? 'Clips' : 'Questions', body: sideBySide(runs, clipsHtml) },
  ].filter(({ body }) => body !== '');
}

/** What each run has, under its name where there are several; empty where none has any. */
function sideBySide(runs: readonly RunData[], part: (run: RunData) => string): string {
  const parts = runs.map(part);
  if (parts.every((body) => body === '')) return '';
  if (runs.length === 1) return parts[0];
  const named = runs.map(
    ({ name }, i) =>
      `<div>\n<h3>${escapeHtml(name)}</h3>\n${parts[i] || '<p class="note">None.</p>\n'}</div>`,
  );
  return `<div class="runs">\n${named.join('\n')}\n</div>`;
}

function problemsHtml({ problems }: RunData): string {
  return problems.map((problem) => `<p class="wrong">${escapeHtml(problem)}</p>\n`).join('');
}

function accuracyHtml({ accuracy }: RunData): string {
  return accuracy.length === 0 ? '' : accuracyTableHtml(accuracy);
}

function stagesHtml({ stages }: RunData): string {
  return stages
    .map(({ name, lines, settings }) => [name, skippedNote(lines) + settingsHtml(settings)])
    .filter(([, body]) => body !== '')
    .map(([name, body]) => `<h3>${escapeHtml(name)}</h3>\n${body}`)
    .join('');
}

function skippedNote(lines: readonly MetricsLine[]): string {
  const skipped = lines.filter((line) => line.skipped_samples !== undefined);
  if (skipped.length === 0) return '';
  return `<p class="note">${skipped.length} steps were skipped: their gradient was not finite (samples in metrics.jsonl).</p>\n`;
}
