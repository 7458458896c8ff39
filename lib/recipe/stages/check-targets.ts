/** Whether samples teach what the recipe's protocol asks for. */
import type { Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';
import { directly, targetTurns } from '../../rewards/index.js';
import { recipeProtocol } from '../protocol.js';
import type { Recipe } from '../stage.js';

/**
 * @param isMixture whether samples without steps teach their answer
 * @throws BadInputError naming a sample of the file that does not fit
 */
export function checkTargets(
  recipe: Recipe,
  file: string,
  samples: readonly Sample[],
  isMixture = false,
): void {
  const protocol = recipeProtocol(recipe);
  for (const sample of samples) {
    const isDirect = isMixture && (sample.steps ?? []).length === 0;
    try {
      targetTurns(sample, isDirect ? directly(protocol) : protocol);
    } catch (error) {
      throw new BadInputError(`${file}: ${(error as Error).message}`);
    }
  }
}
