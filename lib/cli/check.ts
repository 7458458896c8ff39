/** `earsight check`: what a recipe would do, without doing it. Validates everything, decodes a clip, times a few steps, changes nothing. */
import type { Command } from 'commander';
import { BadInputError } from './bad-input.js';

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('validate a recipe and its samples, decode a clip, predict memory and time; changes nothing')
    .argument('<recipe>', 'YAML file')
    .action(check);
}

async function check(file: string): Promise<void> {
  const { readRecipe } = await import('./recipe.js');
  const { openModel, readData } = await import('./recipe-data.js');
  const { estimateSeconds, estimateText } = await import('./estimate.js');
  const { predictMemory } = await import('./predict-memory.js');
  const { alignColumns } = await import('../eval/index.js');
  const recipe = readRecipe(file);
  const data = readData(recipe);
  const { moments, labelled, answered, validation, test } = data;
  console.log(
    `samples: ${labelled.length} with steps, ${answered.length} with an answer only, ${validation.length} for validation, ${test.length} for testing`,
  );
  const [sample] = [...labelled, ...answered, ...moments, ...validation, ...test];
  if (sample === undefined) {
    throw new BadInputError(
      `${recipe.data}: no sample has "steps" or an "answer": nothing to train on; add some, or name 'moments'`,
    );
  }
  const model = await openModel(recipe, data);
  try {
    const { tokens, rows } = await predictMemory(model, recipe, sample, moments[0]);
    const { text, audio, video } = tokens;
    console.log(`sample '${sample.id}': ${text} text, ${audio} audio and ${video} video tokens`);
    const shown = rows.map(({ name, bytes }) => [name, size(bytes)]);
    console.log(alignColumns([['memory, about', ''], ...shown]));
  } finally {
    model.graph.dispose();
    await model.close();
  }
  console.log(estimateText(await estimateSeconds(recipe, data)));
}

function size(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
