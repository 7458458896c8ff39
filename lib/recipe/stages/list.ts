/** The stages that recipes name. */

import type { RecordStage } from '../records/record-stage.js';
import type { Stage } from '../stage.js';
import { buildPairsStage } from './build-pairs.js';
import { captionSft } from './caption-sft.js';
import { dpo } from './dpo.js';
import { grpo } from './grpo.js';
import { preference } from './preference.js';
import { prm } from './prm.js';
import { rolloutStepsStage } from './rollout-steps.js';
import { samplePathsStage } from './sample-paths.js';
import { selectStepsStage } from './select-steps.js';
import { sft } from './sft.js';
import { timeMatchedSft } from './time-matched-sft.js';

/** Process DPO up to its pairs; each also a command over files of its own. */
export const recordStages: readonly RecordStage[] = [
  samplePathsStage,
  selectStepsStage,
  rolloutStepsStage,
  buildPairsStage,
];

export const stageList: readonly Stage[] = [
  captionSft,
  sft,
  dpo,
  grpo,
  ...recordStages,
  preference,
  prm,
  timeMatchedSft,
];
