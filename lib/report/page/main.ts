// The script of the report's page.

import type { ReportView } from '../view.js';
import { Curves } from './curves.js';
import { byId, sectionBody } from './dom.js';
import { Rollouts } from './rollouts.js';

const view: ReportView = JSON.parse(byId('data').textContent ?? '');
new Curves(sectionBody('curves')).show(view);
new Rollouts(sectionBody('rollouts'), async (_run, _stage, step) => {
  throw new Error(`step ${step} is not in this file`);
}).show(view);
