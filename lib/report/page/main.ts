// The script of the report's page.

import type { ReportView } from '../view.js';
import { Curves } from './curves.js';
import { byId, sectionBody } from './dom.js';
import { follow, loadStep } from './live.js';
import { Rollouts } from './rollouts.js';

const curves = new Curves(sectionBody('curves'));
const rollouts = new Rollouts(sectionBody('rollouts'), loadStep);

function show(view: ReportView): void {
  curves.show(view);
  rollouts.show(view);
}

const first: ReportView = JSON.parse(byId('data').textContent ?? '');
show(first);
if (first.refreshMs !== null) void follow(first.refreshMs, show);
