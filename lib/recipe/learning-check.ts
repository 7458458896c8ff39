/** Ends a run after a stage that has learned nothing. */
import { isAtChance, percent } from '../eval/index.js';
import { type StageContext, titleOf } from './stage.js';

/** A stage ended without having learned anything, so the stages after it would train on noise. */
export class ChanceError extends Error {
  override name = 'ChanceError';
}

/** @throws ChanceError when the stage answers its validation samples no better than a guess from the text */
export async function requireLearning(
  context: StageContext,
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  const { use } = context;
  const learning = await use.stage.learning?.(context);
  if (!learning) return;
  const { accuracy, chance, low, high, count } = learning;
  const found =
    `${percent(accuracy)} of ${count} held-out answers are right, ${percent(chance)} by guessing ` +
    `(difference ${percent(low)} to ${percent(high)})`;
  if (isAtChance(learning)) {
    throw new ChanceError(
      `${titleOf(use)} ended at chance: ${found}. The model does not use its clips yet, and later stages ` +
        `would train on noise. Give it more steps (${use.name}.maxSteps) or another learning rate, remove ${folder} and ` +
        "go on with --resume; or go on with the stage as it is: 'stopAtChance: false' and --resume.",
    );
  }
  log(`${titleOf(use)}: ${found}`);
}
