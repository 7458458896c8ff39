/** `earsight stage preference`: the last stage of process DPO over a file of pairs, as a recipe of this one stage. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { BadInputError } from '../files/index.js';
import type { Recipe } from '../recipe/index.js';
import type { Protocol } from '../rewards/index.js';
import { resumeText } from './command-text.js';
import { poolOptions } from './media-options.js';
import { protocolOption } from './protocol-option.js';
import type { StageOptions } from './stage.js';

/** @returns the exit code */
export async function runPreference(options: StageOptions): Promise<number> {
  const { runRecipeCommand } = await import('./run-recipe-command.js');
  const recipe = await recipeOf(options);
  if (options.dryRun) {
    await printDryRun(recipe, options.input[0]);
    return 0;
  }
  const { overwrite } = options;
  // A run that was killed is gone on with, as other stages are.
  const resume = !overwrite && existsSync(join(recipe.output, 'run.json'));
  const resumeCommand = resumeText(process.argv.slice(2));
  return runRecipeCommand(recipe, { resume, overwrite, resumeCommand });
}

async function recipeOf(options: StageOptions): Promise<Recipe> {
  const { readRecipe } = await import('../recipe/index.js');
  const { input, output, adapter, system } = options;
  const [model, data] = [options.model as string, options.data as string];
  if (input.length > 1) throw new BadInputError(`--input: preference reads one file, got ${input.length}`);
  const { name: protocol, ...texts } = protocolOption(options) as Protocol;
  const written = {
    ...{ model: resolve(model), data: resolve(data), output: resolve(output) },
    ...(adapter !== undefined && { adapter: resolve(adapter) }),
    prompt: { protocol, ...texts, ...(system !== undefined && { system }) },
    stages: [{ preference: { data: resolve(input[0]) } }],
  };
  const folder = mkdtempSync(join(tmpdir(), 'earsight-stage-'));
  try {
    const file = join(folder, 'preference.yaml');
    writeFileSync(file, stringify(written));
    const set = (options.set ?? []).map((setting) => `preference.${setting}`);
    return { ...(await readRecipe(file, { set })), media: await poolOptions(options) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function printDryRun(recipe: Recipe, pairsFile: string): Promise<void> {
  const { readPairs } = await import('../data/index.js');
  const { estimateSeconds, estimateText, openModel, readRecipeSamples } = await import('../recipe/index.js');
  const { terminal } = await import('./display.js');
  const samples = readRecipeSamples(recipe);
  const pairs = readPairs(pairsFile);
  const model = await openModel(recipe, samples, terminal);
  try {
    const lengthOf = (text: string): number => model.encodePart(text).length;
    const tokens = pairs.reduce(
      (sum, { prefix, chosen, rejected }) =>
        sum + [...prefix, chosen, rejected].reduce((own, text) => own + lengthOf(text), 0),
      0,
    );
    console.log(`${pairs.length} pairs of ${tokens} tokens, no rollouts`);
    console.log(estimateText(await estimateSeconds(recipe, samples, model, terminal)));
  } finally {
    model.graph.dispose();
    await model.close();
  }
}
