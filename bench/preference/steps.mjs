// Our side of bench/preference: takes steps on request. Reads jobs as lines of JSON.
//
//   node steps.mjs FOLDER PAIRS SETTINGS

import { readFileSync } from 'node:fs';
import earsight from '../../dist/index.js';
import { serveSteps } from '../serve-steps.mjs';
import { trainerOf } from './training.mjs';

const { models, torch } = earsight;
const [folder, file, text] = process.argv.slice(2);
const settings = JSON.parse(text);
torch.setNumThreads(settings.threads);

await serveSteps([], (callbacks) => {
  const trainer = trainerOf({
    graph: models.loadGraph(folder, { dtype: 'float32' }),
    pairs: JSON.parse(readFileSync(file, 'utf8')),
    settings,
    callbacks,
  });
  return () => trainer.train();
});
