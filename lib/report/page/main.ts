// The script of the report's page.

import type { ReportView } from '../view.js';
import { Curves } from './curves.js';
import { byId, sectionBody } from './dom.js';

const view: ReportView = JSON.parse(byId('data').textContent ?? '');
new Curves(sectionBody('curves')).show(view);
