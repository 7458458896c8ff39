import { isAbsolute, relative } from 'node:path';
import { mapPaths } from '../paths.js';
import type { Recipe } from '../stage.js';
import { recipeSchema } from './fields.js';

/** The recipe as its run writes it down: all settings, with paths as seen from the output folder. */
export function writtenRecipe({ stages, ...recipe }: Recipe): { stages: Record<string, object>[] } {
  const fromOutput = (path: string): string =>
    isAbsolute(path) ? relative(recipe.output, path) || '.' : path;
  return {
    ...mapPaths(recipeSchema, recipe, fromOutput),
    stages: stages.map(({ stage, name, settings, adapter, mergeAdapter }) => ({
      [stage.name]: {
        ...(name === stage.name ? {} : { name }),
        ...(adapter === undefined ? {} : { adapter }),
        ...(mergeAdapter === undefined ? {} : { mergeAdapter }),
        ...mapPaths(stage.schema, settings, fromOutput),
      },
    })),
  };
}
