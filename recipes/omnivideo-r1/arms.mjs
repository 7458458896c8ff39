// The arms of the experiment: what each starts from and trains. Settings of the stages are those of the small preset.
import { fileURLToPath } from 'node:url';
import recipes from '../../dist/recipe/index.js';

const preset = await recipes.readRecipe(
  fileURLToPath(new URL('../omnivideo-r1-small.yaml', import.meta.url)),
);
const stages = Object.fromEntries(
  preset.stages.map(({ name, settings, adapter }) => [name, { ...settings, adapter }]),
);
const vanilla = { ...stages.qi, rewards: stages.qi.rewards.slice(0, 2) };

/**
 * `train`: the stages that divide the minutes, with their settings, after the model of the arm `from`. Arms without it are
 * starts: SFT from drawn weights, by steps.
 */
export const arms = {
  start: { title: 'start (SFT)' },
  'start-without-times': { title: 'start without times' },
  vanilla: { title: 'vanilla GSPO', from: 'start', train: { vanilla } },
  whole: { title: 'QI, then MA', from: 'start', train: { qi: stages.qi, ma: stages.ma } },
  query: { title: 'query rewards (QI)', from: 'start', train: { qi: stages.qi } },
  attn: { title: 'r_attn (MA)', from: 'start', train: { ma: stages.ma } },
  sft: { title: 'SFT continued', from: 'start', train: { sft: stages.sft } },
  'whole-without-times': {
    title: 'QI, then MA, without times',
    from: 'start-without-times',
    train: { qi: stages.qi, ma: stages.ma },
  },
};

/** Of SFT before the arms: a tenth of the clips, and fewer steps than the preset's. */
export const starting = { captionSteps: 1000, sftSteps: 375 };
export const { 'caption-sft': captionSft, sft } = stages;
export const answerStyle = preset.answers;

/** Of a finished run: a start has no minutes. */
export function runName(arm, minutes) {
  return arms[arm].from === undefined ? arm : `${arm}-${minutes}min`;
}
