// Our side of bench/grpo: takes steps on request. Reads jobs as lines of JSON.
//
//   node steps.mjs FOLDER PROMPTS SETTINGS

import { readFileSync } from 'node:fs';
import earsight from '../../dist/index.js';
import { serveSteps } from '../serve-steps.mjs';
import { trainerOf } from './training.mjs';

const { models, torch } = earsight;
const [folder, file, text] = process.argv.slice(2);
const settings = JSON.parse(text);
torch.setNumThreads(settings.threads);

await serveSteps(['generate'], (callbacks, add) => {
  const trainer = trainerOf({
    graph: models.loadGraph(folder, { dtype: 'float32' }),
    prompts: JSON.parse(readFileSync(file, 'utf8')),
    settings,
    onSampled: (seconds) => add('generate', seconds),
    callbacks,
  });
  return () => trainer.train();
});
