// Our side of the check of bench/grpo: takes steps, then compares what they computed with what TRL computes from the same
// completions. Reads jobs as lines of JSON.
//
//   node agreement.mjs FOLDER PROMPTS SETTINGS

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import earsight from '../../dist/index.js';
import { serve } from '../serve-steps.mjs';
import { furthest, onGradients, parameterDifferences, readFolder, relative } from '../updates.mjs';
import { trainerOf } from './training.mjs';

const { models, noGrad, torch } = earsight;
const [folder, file, text] = process.argv.slice(2);
const settings = JSON.parse(text);
const prompts = JSON.parse(readFileSync(file, 'utf8'));
torch.setNumThreads(settings.threads);
const graph = models.loadGraph(folder, { dtype: 'float32' });

/** Of each step prompts and completions, of each update log-probabilities, loss and the gradients that the optimizer has. */
const steps = [];
const updates = [];
const scored = { logp: null };
record();

/** Listens to what the trainer calls. */
function record() {
  const require = createRequire(import.meta.url);
  // All callers find them in these modules.
  const head = require('../../dist/kernels/linear-logprob.js');
  const losses = require('../../dist/kernels/policy-loss.js');
  const { linearLogprob } = head;
  const { policyLoss } = losses;
  head.linearLogprob = (...args) => {
    const result = linearLogprob(...args);
    scored.logp = result.logp.detach().toArray();
    return result;
  };
  losses.policyLoss = (logp, options) => {
    const result = policyLoss(logp, options);
    updates.push({
      logp: scored.logp,
      old: options.oldLogp?.toArray(),
      loss: result.loss.item(),
      advantages: options.advantages.toArray(),
    });
    return result;
  };
  onGradients(graph, (gradients) => {
    updates.at(-1).gradients = gradients;
  });
}

async function take() {
  const trainer = trainerOf({
    ...{ graph, prompts, settings, callbacks: [] },
    onSampled(_, asked, completions) {
      const all = completions.flat();
      steps.push({
        prompts: asked.map(({ question }) => question),
        completions: all.map(({ ids }) => ids),
        logprobs: all.flatMap(({ logprobs }) => logprobs),
      });
    },
  });
  await trainer.train();
  return steps.map(({ prompts, completions }) => ({ prompts, completions }));
}

/** The furthest differences. @param theirs of each update what TRL computed, and where it wrote the gradients */
function compare({ theirs, parameters }) {
  return noGrad(() => {
    const each = updates.map((update, u) => ({
      logp: furthest(update.logp, theirs[u].logp.flat()),
      loss: Math.abs(update.loss - theirs[u].loss),
      advantages: furthest(update.advantages, theirs[u].advantages),
      gradients: relative(update.gradients, readFolder(theirs[u].gradients)),
    }));
    const most = (name) => Math.max(...each.map((update) => update[name]));
    const seconds = updates.filter((_, u) => u % settings.iterations > 0);
    return {
      updates: updates.length,
      sampled: furthest(steps[0].logprobs, theirs[0].logp.flat()),
      ...Object.fromEntries(Object.keys(each[0]).map((name) => [name, most(name)])),
      ...parameterDifferences(graph, parameters, folder),
      logRatio: Math.max(...seconds.map(({ logp, old }) => furthest(logp, old))),
    };
  });
}

await serve({ take, compare });
