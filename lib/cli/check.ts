/**
 * `earsight check`: what a recipe would do, without doing it. Validates everything, looks at every clip, decodes one, times a
 * few steps, changes nothing. Of a model's folder: what it is, loaded and asked once.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { BadInputError, checkOutputFolder } from '../files/index.js';
import type { Recipe } from '../recipe/index.js';
import { examples } from './arguments.js';
import { byteSize } from './byte-size.js';
import { checkFolder } from './check-folder.js';
import { addRecipeOptions, type RecipeCommandOptions, readRecipeWith } from './recipe-options.js';

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description(
      'validate a recipe and its samples, look at every clip, predict memory and time; or load a model; changes nothing',
    )
    .argument('<recipe>', "YAML file, or a model's folder")
    .addHelpText(
      'after',
      examples(
        ...['check recipe.yaml', 'check recipe.yaml --set seed=3', 'check recipe.yaml --schema-only'],
        'check Qwen2.5-0.5B-Instruct',
      ),
    )
    .option('--schema-only', 'the recipe alone: reads no samples, clips or weights')
    .action(check);
  addRecipeOptions(command);
}

interface CheckOptions extends RecipeCommandOptions {
  schemaOnly?: boolean;
}

async function check(file: string, { schemaOnly = false, ...options }: CheckOptions): Promise<void> {
  if (schemaOnly) return checkSchema(file, options);
  if (isFolder(file)) return checkFolder(file, options.adapter);
  const { alignColumns } = await import('../eval/index.js');
  const recipes = await import('../recipe/index.js');
  const { terminal } = await import('./display.js');
  const recipe = await readRecipeWith(file, options);
  const all = recipes.readRecipeSamples(recipe, (line) => console.log(line));
  checkOutputFolder('output', recipe.output);
  const ofStages = Object.entries(all).filter(([name]) => name.includes('.'));
  console.log(
    `samples: ${all.withRationale.length} with steps, ${all.answerOnly.length} with an answer only, ` +
      (all.chats.length > 0 ? `${all.chats.length} conversations, ` : '') +
      `${all.validation.length + all.chatsValidation.length} for validation, ${all.test.length} for testing` +
      ofStages.map(([name, rows]) => `, ${rows.length} of ${name}`).join(''),
  );
  for (const line of recipes.stageNotes(recipe, all)) console.log(line);
  const model = await recipes.openModel(recipe, all, terminal);
  try {
    const progress = terminal.progress('looking at clips');
    const usable = await recipes.usableSamples(recipe, all, progress, (sample) =>
      model.processor.clips.probe(sample, model.media),
    );
    await recipes.retryWithout(recipe, usable, async ({ samples, skipped }) => {
      const { captions, withRationale, answerOnly, validation, test } = samples;
      const [sample] = [...withRationale, ...answerOnly, ...captions, ...validation, ...test];
      const tokens = sample && (await recipes.promptTokens(model, sample));
      const memory = await recipes.predictMemory(recipe, samples, model);
      // Before the timed steps, which train the model.
      const tables = await recipes.dryRuns(recipe, samples, model, terminal);
      const estimate = await recipes.estimateSeconds(recipe, samples, model, terminal);
      if (skipped.length > 0) {
        console.log(recipes.badText(skipped, Object.values(all).flat()));
        console.log(`${skipped.length} samples are left out`);
      }
      if (tokens !== undefined) {
        const { text, audio, video } = tokens;
        console.log(`sample '${sample.id}': ${text} text, ${audio} audio and ${video} video tokens`);
      }
      const rows = memory.map(({ name, bytes }) => [name, byteSize(bytes)]);
      console.log(alignColumns([['memory, about', ''], ...rows]));
      console.log(recipes.estimateText(estimate));
      const beside = recipes.dryRunsText(recipe, estimate, tables);
      if (beside !== '') console.log(beside);
    });
  } finally {
    model.graph.dispose();
    await model.close();
  }
}

/** What the recipe says, without what it names. */
async function checkSchema(file: string, options: RecipeCommandOptions): Promise<void> {
  if (isFolder(file))
    throw new BadInputError(`${file}: a folder has no schema; expected a recipe, a YAML file`);
  const { titleOf } = await import('../recipe/index.js');
  const recipe = await readRecipeWith(file, options, { anyMachine: true });
  console.log(`${file}: fields, stages, settings, rewards and texts are in order`);
  console.log(`stages: ${recipe.stages.map(titleOf).join(', ') || 'none'}`);
  console.log(`not checked: ${leftOut(recipe).join('; ')}`);
}

function leftOut({ model, device, ...recipe }: Recipe): string[] {
  const files = ['data', 'captions', 'captionsValidation', 'validation', 'test'] as const;
  const named = files.filter((name) => recipe[name] !== undefined);
  return [
    `samples (${named.join(', ')}) and their clips`,
    typeof model === 'string'
      ? `the model (${model}), its adapter, and whether it has the parts that settings name`
      : 'the fresh model that the samples make',
    `the output folder (${recipe.output})`,
    `whether this machine has the device (${device}), the keys of judges, the memory and the time`,
  ];
}

/** For any text: a path that cannot be one leads to no folder. */
function isFolder(path: string): boolean {
  return existsSync(`${path}/.`);
}
