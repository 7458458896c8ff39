// Two rows over the last hidden state: the logits of wrong and of right. They stand in a file of their own beside the model,
// under the names that they have in Hugging Face's token classification.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelGraph } from '../../models/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { FileError } from '../../runtime/index.js';
import { noGrad, scope, type Tensor, torch } from '../../tensor/index.js';
import { namingFile } from '../errors.js';

/** Beside a model, its adapter or a checkpoint. */
export const rewardHeadFile = 'reward_head.safetensors';

export class RewardHead extends Module {
  readonly score: Linear;

  /** Drawn from the default generator, as Hugging Face draws it. */
  constructor({ headWeight }: ModelGraph) {
    super();
    const { device } = headWeight;
    this.score = new Linear(headWeight.shape[1], 2, { device, dtype: 'float32' });
    init.normal_(this.score.weight, 0, 0.02);
    noGrad(() => this.score.bias?.zero_());
  }

  /** [positions, hidden] -> logits of wrong and right, float32 [positions, 2]. */
  forward(hidden: Tensor): Tensor {
    return this.score.forward(hidden.to('float32'));
  }

  save(folder: string): void {
    torch.save(this.stateDict(), join(folder, rewardHeadFile));
  }

  /** @throws FileError for a folder without it, or rows of a model of another width */
  load(folder: string): void {
    const file = join(folder, rewardHeadFile);
    if (!existsSync(file))
      throw new FileError(file, 'missing: the folder holds no reward model; train one, or give its folder');
    scope(() => namingFile(file, () => void this.loadStateDict(torch.load(file))));
  }
}
