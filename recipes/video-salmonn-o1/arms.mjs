// The arms of the experiment: what each starts from and what it does. Settings of the stages are those of the small preset.
import { fileURLToPath } from 'node:url';
import recipes from '../../dist/recipe/index.js';

const preset = await recipes.readRecipe(
  fileURLToPath(new URL('../video-salmonn-o1-small.yaml', import.meta.url)),
);
const { data: _, directFraction, ...sft } = preset.stages.find(({ name }) => name === 'sft').settings;
const { adapter, settings: preference } = preset.stages.find(({ name }) => name === 'preference');
const captionSft = preset.stages.find(({ name }) => name === 'caption-sft').settings;
export const settings = { captionSft, sft, directFraction, preference: { ...preference, adapter } };

/** `kind`: what run-arm.mjs does after the model of the arm `from`. */
export const arms = {
  captions: { title: 'captions', kind: 'captions' },
  direct: { title: 'SFT direct', kind: 'sft', from: 'captions', directFraction: null },
  sft: { title: 'SFT reasoning', kind: 'sft', from: 'captions', directFraction },
  records: { title: 'paths and rollouts', kind: 'records', from: 'sft' },
  paths: { title: '+ full-path pairs', kind: 'preference', from: 'sft', steps: 'none' },
  top3: { title: '+ top-3 step pairs', kind: 'preference', from: 'sft', steps: 'selected' },
  all: { title: '+ all step pairs', kind: 'preference', from: 'sft', steps: 'all' },
  candidates: { title: 'candidates', kind: 'candidates', from: 'sft' },
  majority: { title: 'majority@N', kind: 'majority', from: 'sft' },
  orm: { title: 'ORM best-of-N', kind: 'reward', from: 'sft', learns: 'paths' },
  prm: { title: 'PRM best-of-N', kind: 'reward', from: 'sft', learns: 'steps' },
};

/** Arms that others read files of. */
const made = { preference: ['records'], majority: ['candidates'], reward: ['records', 'candidates'] };

/** What has to be finished before an arm. */
export function needs(name) {
  const { from, kind } = arms[name];
  return [...(from === undefined ? [] : [from]), ...(made[kind] ?? [])];
}

/**
 * Clips, steps and rollouts. Arms after SFT have equal steps of equal batches; `choices` are the paths that majority vote and
 * best-of-N choose from. 'tiny' shows that everything runs and learns nothing.
 */
export const sizes = {
  full: {
    clips: { train: 900, validation: 80, test: 200 },
    benchmark: { academic: 60, standUp: 60, synthDec: 40 },
    steps: { captions: 900, sft: 700, preference: 120 },
    numPaths: 10,
    rollouts: 6,
    choices: 20,
    maxNewTokens: 96,
  },
  tiny: {
    clips: { train: 6, validation: 2, test: 2 },
    benchmark: { academic: 1, standUp: 1, synthDec: 1 },
    // So many that answers are laid out as asked, and some are right by chance.
    steps: { captions: 2, sft: 100, preference: 1 },
    numPaths: 4,
    rollouts: 1,
    choices: 2,
    maxNewTokens: 64,
  },
};
