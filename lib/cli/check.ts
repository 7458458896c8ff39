/** `earsight check`: what a recipe would do, without doing it. Validates everything, looks at every clip, decodes one, times a few steps, changes nothing. */
import type { Command } from 'commander';
import { checkOutputFolder } from '../files/index.js';
import { examples } from './arguments.js';
import { addMediaOptions, badClipOption, type ClipCommandOptions, withClipOptions } from './media-options.js';

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description(
      'validate a recipe and its samples, look at every clip, predict memory and time; changes nothing',
    )
    .argument('<recipe>', 'YAML file')
    .addOption(badClipOption())
    .addHelpText('after', examples('check recipe.yaml'))
    .action(check);
  addMediaOptions(command);
}

async function check(file: string, options: ClipCommandOptions): Promise<void> {
  const { badText, estimateSeconds, estimateText, openModel } = await import('../recipe/index.js');
  const { predictMemory, readData, readRecipe, retryWithout, usableSamples } = await import(
    '../recipe/index.js'
  );
  const { terminal } = await import('./display.js');
  const { alignColumns } = await import('../eval/index.js');
  const recipe = await withClipOptions(readRecipe(file), options);
  const all = readData(recipe);
  checkOutputFolder('output', recipe.output);
  const { labelled, answered, validation, test } = all;
  console.log(
    `samples: ${labelled.length} with steps, ${answered.length} with an answer only, ${validation.length} for validation, ${test.length} for testing`,
  );
  const model = await openModel(recipe, all);
  try {
    const looked = await usableSamples(recipe, all, terminal.progress('looking at clips'), (sample) =>
      model.processor.clips.probe(sample, model.media),
    );
    await retryWithout(recipe, looked, async ({ data, skipped }) => {
      const { moments } = data;
      const [sample] = [...data.labelled, ...data.answered, ...moments, ...data.validation, ...data.test];
      const { tokens, rows } = await predictMemory(model, recipe, sample, moments[0]);
      const estimate = await estimateSeconds(recipe, data, model, terminal);
      if (skipped.length > 0)
        console.log(`${badText(skipped, Object.values(all).flat())}\n${skipped.length} samples are left out`);
      const { text, audio, video } = tokens;
      console.log(`sample '${sample.id}': ${text} text, ${audio} audio and ${video} video tokens`);
      const shown = rows.map(({ name, bytes }) => [name, size(bytes)]);
      console.log(alignColumns([['memory, about', ''], ...shown]));
      console.log(estimateText(estimate));
    });
  } finally {
    model.graph.dispose();
    await model.close();
  }
}

function size(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
