/** The protocol of a recipe. */
import type { Protocol } from '../rewards/index.js';
import type { Recipe } from './stage.js';

/** How all its stages and evaluations ask for answers and read them. */
export function recipeProtocol({ prompt }: Pick<Recipe, 'prompt'>): Protocol {
  const { protocol: name = 'spans', system: _, ...texts } = prompt;
  return { name, ...texts };
}
