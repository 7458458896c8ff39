import { isAbsolute, relative } from 'node:path';
import { mapModules } from '../rewards.js';
import type { Recipe } from '../stage.js';

/** The recipe as its run writes it down: all settings, with paths as seen from the output folder. */
export function writtenRecipe({ stages, ...recipe }: Recipe): { stages: Record<string, object>[] } {
  const fromOutput = (path: string): string =>
    isAbsolute(path) ? relative(recipe.output, path) || '.' : path;
  const fields = Object.entries(recipe).map(([key, value]): [string, unknown] => [
    key,
    typeof value === 'string' ? fromOutput(value) : mapModules(value, fromOutput),
  ]);
  return {
    ...Object.fromEntries(fields),
    stages: stages.map(({ stage, name, settings }) => ({
      [stage.name]: { ...(name === stage.name ? {} : { name }), ...mapModules(settings, fromOutput) },
    })),
  };
}
