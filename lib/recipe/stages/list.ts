/** The stages that recipes name. */

import type { Stage } from '../stage.js';
import { captionSft } from './caption-sft.js';
import { dpo } from './dpo.js';
import { grpo } from './grpo.js';
import { preference } from './preference.js';
import { prm } from './prm.js';
import { sft } from './sft.js';
import { timeMatchedSft } from './time-matched-sft.js';

export const stageList: readonly Stage[] = [captionSft, sft, dpo, grpo, preference, prm, timeMatchedSft];
