/** The protocol of a recipe. */
import type { Sample } from '../data/index.js';
import { instructed, type Protocol } from '../rewards/index.js';
import type { Recipe } from './stage.js';

/** How all its stages and evaluations ask for answers and read them. */
export function recipeProtocol({ prompt }: Pick<Recipe, 'prompt'>): Protocol {
  const { protocol: name = 'spans', system: _, ...texts } = prompt;
  return { name, ...texts };
}

/** A sample as the recipe asks it; a system message of its own stays. */
export function withPrompt(
  sample: Sample,
  recipe: Pick<Recipe, 'prompt'>,
  protocol = recipeProtocol(recipe),
): Sample {
  const { system } = recipe.prompt;
  const asked = instructed(sample, protocol);
  return system === undefined ? asked : { ...asked, system: sample.system ?? system };
}
