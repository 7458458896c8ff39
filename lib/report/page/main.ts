// The script of the report's page.

import type { ReportView } from '../view.js';
import { Curves } from './curves.js';
import { byId, sectionBody } from './dom.js';
import { follow, loadSample, loadStep } from './live.js';
import { Paths } from './paths.js';
import { Rollouts } from './rollouts.js';

const curves = new Curves(sectionBody('curves'));
const rollouts = new Rollouts(sectionBody('rollouts'), loadStep);
let paths: Paths | null = null;

function show(view: ReportView): void {
  curves.show(view);
  rollouts.show(view);
  // The section is there once a run has paths.
  if (document.getElementById('paths') !== null) paths ??= new Paths(sectionBody('paths'), loadSample);
  paths?.show(view);
}

const first: ReportView = JSON.parse(byId('data').textContent ?? '');
show(first);
if (first.refreshMs !== null) void follow(first.refreshMs, show);
