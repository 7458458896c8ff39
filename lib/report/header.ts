// How a run came about: when, with what settings and on what, as its run.json has it.

import { packageVersion } from '../files/index.js';
import type { RunRecord } from '../train/index.js';
import { escapeHtml } from './escape.js';

/** Longer values are cut. */
const maxValue = 400;

/** The page's header. @param records oldest first */
export function headerHtml(records: readonly RunRecord[]): string {
  const written = `${dateText(new Date().toISOString())}, by earsight ${packageVersion()}`;
  const last = records.at(-1);
  if (last === undefined) return list([['report written', written]]);
  const { versions, instructionSet, threads, settings } = last;
  const resumed = records.slice(1).map(({ started }) => dateText(started));
  return (
    list([
      ['started', dateText(records[0].started)],
      ...(resumed.length > 0 ? [['resumed', resumed.slice(-5).join(', ')] as const] : []),
      ['report written', written],
      [
        'versions',
        Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ],
      ['kernels', `${instructionSet}, ${threads} threads`],
      ...('seed' in settings ? [['seed', valueText(settings.seed)] as const] : []),
    ]) + settingsHtml(settings, { open: true })
  );
}

/** @param settings nothing is shown where there are none */
export function settingsHtml(settings: object, { open = false } = {}): string {
  const rows = Object.entries(settings)
    .map(([name, value]) => [name, valueText(value)] as const)
    .filter(([, text]) => text !== '');
  return rows.length === 0
    ? ''
    : `<details${open ? ' open' : ''}><summary>Settings</summary>${list(rows)}</details>\n`;
}

function list(rows: readonly (readonly [string, string])[]): string {
  const items = rows.map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`);
  return `<dl class="facts">${items.join('')}</dl>\n`;
}

/** `2026-11-30 14:05 UTC` */
function dateText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** `learningRate 0.0007, optim muon` */
function valueText(value: unknown): string {
  const text = Array.isArray(value)
    ? value.map(inner).join(', ')
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([name, item]) => `${name} ${inner(item)}`)
          .join(', ')
      : String(value);
  return text.length > maxValue ? `${text.slice(0, maxValue)} ...` : text;
}

function inner(value: unknown): string {
  return typeof value === 'object' && value !== null ? `(${valueText(value)})` : String(value);
}
