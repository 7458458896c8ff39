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

/**
 * `kind`: what run-arm.mjs does after the model of the arm `from`. `records`: the arm whose paths and rollouts are learned from.
 * `steps`: how many of a path, of the largest divergence first.
 */
export const arms = {
  captions: { title: 'captions', kind: 'captions' },
  direct: { title: 'SFT direct', kind: 'sft', from: 'captions', directFraction: null },
  sft: { title: 'SFT reasoning', kind: 'sft', from: 'captions', directFraction },
  continued: { title: '+ SFT on the questions of the pairs', kind: 'continued', from: 'sft' },
  records: { title: 'paths and rollouts', kind: 'records', from: 'sft' },
  paths: { title: '+ full-path pairs', kind: 'preference', from: 'sft', records: 'records', steps: 0 },
  top1: { title: '+ top-1 step pairs', kind: 'preference', from: 'sft', records: 'records', steps: 1 },
  top3: { title: '+ top-3 step pairs', kind: 'preference', from: 'sft', records: 'records', steps: 3 },
  all: { title: '+ all step pairs', kind: 'preference', from: 'sft', records: 'records', steps: 'all' },
  pathRecords2: { title: 'paths after full-path pairs', kind: 'records', from: 'paths', steps: 0 },
  pathRound2: {
    title: '+ full-path pairs, second round',
    ...{ kind: 'preference', from: 'paths', records: 'pathRecords2', steps: 0 },
  },
  records2: { title: 'paths and rollouts after top-3', kind: 'records', from: 'top3' },
  round2: {
    title: '+ top-3 step pairs, second round',
    ...{ kind: 'preference', from: 'top3', records: 'records2', steps: 3 },
  },
  candidates: { title: 'one sampled path', kind: 'candidates', from: 'sft' },
  majority: { title: 'majority@N', kind: 'majority', from: 'sft' },
  orm: { title: 'ORM best-of-N', kind: 'reward', from: 'sft', records: 'records', learns: 'paths' },
  prm: { title: 'PRM best-of-N', kind: 'reward', from: 'sft', records: 'records', learns: 'steps' },
};

/** Arms that choose among what `candidates` has sampled. */
const choosing = ['majority', 'reward'];

/** What has to be finished before an arm. */
export function needs(name) {
  const { from, records, kind } = arms[name];
  return [from, records, choosing.includes(kind) ? 'candidates' : undefined].filter((it) => it !== undefined);
}

/**
 * Clips, steps and rollouts. Arms after SFT have equal steps of equal batches; `expanded` is how many wrong paths of a question
 * are rolled out, `choices` how many paths majority vote and best-of-N choose from. 'tiny' shows that everything runs and learns
 * nothing.
 */
export const sizes = {
  full: {
    clips: { train: 900, validation: 1000, test: 200 },
    benchmark: { academic: 60, standUp: 60, synthDec: 40 },
    steps: { captions: 900, sft: 450, preference: 120 },
    numPaths: 10,
    expanded: 2,
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
    expanded: 1,
    rollouts: 1,
    choices: 2,
    maxNewTokens: 64,
  },
};
