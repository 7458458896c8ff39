// Our side of the check of bench/preference: takes updates, then compares them with TRL's. Reads jobs as lines of JSON.
//
//   node agreement.mjs FOLDER PAIRS SETTINGS

import { readFileSync } from 'node:fs';
import earsight from '../../dist/index.js';
import { serve } from '../serve-steps.mjs';
import { onGradients, parameterDifferences, readFolder, relative } from '../updates.mjs';
import { trainerOf } from './training.mjs';

const { models, noGrad, torch } = earsight;
const [folder, file, text] = process.argv.slice(2);
const settings = JSON.parse(text);
torch.setNumThreads(settings.threads);
const graph = models.loadGraph(folder, { dtype: 'float32' });
const losses = [];
const margins = [];
const gradients = [];

async function take() {
  onGradients(graph, (copies) => gradients.push(copies));
  const onLog = (_, __, metrics) => {
    losses.push(metrics.loss);
    margins.push(metrics['rewards/margins']);
  };
  const pairs = JSON.parse(readFileSync(file, 'utf8'));
  await trainerOf({ graph, pairs, settings, callbacks: [{ onLog }] }).train();
  return { updates: losses.length };
}

/** The furthest differences of updates, of which TRL tells losses and where it wrote the gradients. */
function compare({ theirs, parameters }) {
  return noGrad(() => ({
    updates: losses.length,
    loss: Math.max(...theirs.map(({ loss }, u) => Math.abs(losses[u] - loss))),
    gradients: Math.max(...theirs.map((update, u) => relative(gradients[u], readFolder(update.gradients)))),
    ...parameterDifferences(graph, parameters, folder),
    margin: margins.at(-1),
  }));
}

await serve({ take, compare });
