/** Reads recipes: what `earsight train` runs, as YAML. The smallest is one line, `data: file.jsonl`. */
import { basename, dirname, extname, join, resolve } from 'node:path';
import { BadInputError } from '../../files/index.js';
import { MediaPool } from '../../media/index.js';
import { smallConfigIssues } from '../../models/index.js';
import { shown } from '../../runtime/index.js';
import { torch } from '../../tensor/index.js';
import { mapPaths } from '../paths.js';
import { recipeRewards, rewardProblems } from '../rewards.js';
import type { Recipe, Stage } from '../stage.js';
import { adapterProblems } from '../stage-adapter.js';
import { stageList } from '../stages/list.js';
import { assign } from './assignments.js';
import { presetNames, type RecipeFields, recipeSchema } from './fields.js';
import { mixedProblems, presetField, presetItems, renameAliases } from './preset.js';
import { problemText } from './problem-text.js';
import { issueProblems, type Problem, problemAt, schemaProblems, top } from './problems.js';
import { readYaml } from './read-yaml.js';
import { inputProblems, listItems, type PlacedUse, usesOf } from './stage-items.js';

export interface ReadOptions {
  /** The stages that a recipe may name. Default: stageList. */
  stages?: readonly Stage[];
  /** Settings in place of the recipe's own, each `path=value` (assignments.ts). */
  set?: readonly string[];
  /** Also accepts what this machine lacks: a device, the key of a judge. */
  anyMachine?: boolean;
}

/** Reads and checks a recipe; its paths come out absolute. @throws BadInputError naming file, line and field */
export async function readRecipe(
  file: string,
  { stages: known = stageList, set: settings = [], anyMachine = false }: ReadOptions = {},
): Promise<Recipe> {
  if (extname(file) === '.jsonl') {
    const name = basename(file);
    throw new BadInputError(`${file}: a file of samples, not a recipe; write one of a line, 'data: ${name}'`);
  }
  const yaml = readYaml(file);
  const { value: named, written, problems: wrongAliases } = renameAliases(yaml.value ?? {});
  const { value, origins } = assign(named, settings, presetField);
  const wrongFields = [...wrongAliases, ...schemaProblems(recipeSchema, value, top)];
  const fields = soundFields(value, wrongFields);
  const { items, problems: wrongItems } =
    fields.stages === undefined ? presetItems(fields) : listItems(fields.stages);
  const mixed = fields.stages === undefined ? [] : mixedProblems(value as object);
  const { uses, problems: wrongUses } = usesOf(items, known, typeof fields.model !== 'string');
  const found = [...wrongFields, ...mixed, ...wrongItems, ...wrongUses];
  const recipe = absolute(fields, uses, file);
  const problems = [
    ...found,
    ...(await recipeProblems(fields, recipe, uses, { found, anyMachine })),
    ...(anyMachine ? [] : deviceProblems(fields)),
  ];
  if (problems.length > 0) throw new BadInputError(problemText({ file, yaml, written, origins }, problems));
  return recipe;
}

/** What of a recipe is in order; the rest at its default, so that all problems are found at once. */
function soundFields(value: unknown, problems: readonly Problem[]): RecipeFields {
  const wrong = new Set(problems.map(({ path }) => path[0]));
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value).filter(([key]) => !wrong.has(key)) : [];
  return recipeSchema.parse({ data: 'missing', ...Object.fromEntries(entries) });
}

/** The recipe with absolute paths and its stages in place of the preset's fields. */
function absolute(written: RecipeFields, uses: readonly PlacedUse[], file: string): Recipe {
  const inFolder = (path: string): string => resolve(dirname(file), path);
  const fields = mapPaths(recipeSchema, written, inFolder);
  const shared = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !(presetNames as string[]).includes(name)),
  ) as Omit<RecipeFields, (typeof presetNames)[number]>;
  return {
    ...shared,
    model: fields.model as Recipe['model'],
    output: fields.output ?? inFolder(join('runs', basename(file, extname(file)))),
    rewards: recipeRewards(fields),
    stages: uses.map(({ use }) => ({
      ...use,
      settings: mapPaths(use.stage.schema, use.settings, inFolder),
    })),
  };
}

/** Problems of fields together. @param found by the checks before */
async function recipeProblems(
  fields: RecipeFields,
  recipe: Recipe,
  uses: readonly PlacedUse[],
  { found, anyMachine }: { found: readonly Problem[]; anyMachine: boolean },
): Promise<Problem[]> {
  const problems: Problem[] = [
    ...(await rewardProblems(fields.rewards, recipe.rewards ?? [], anyMachine)),
    ...inputProblems(uses, fields),
    ...modelProblems(fields),
  ];
  for (const [i, { place, isValid }] of uses.entries()) {
    const use = recipe.stages[i];
    if (!isValid) continue;
    // With which adapter a stage starts is known where the stages before it are sound.
    if (uses.slice(0, i).every((before) => before.isValid))
      for (const { path, text } of adapterProblems(use, recipe)) problems.push(problemAt(place, path, text));
    const wrong = (await use.stage.check?.(use, recipe)) ?? [];
    const lacking = wrong.length > 0 || anyMachine ? [] : (use.stage.checkMachine?.(use) ?? []);
    for (const { path, text, ofRecipe } of [...wrong, ...lacking]) {
      // A field that is wrong already is named once.
      const isKnown = [...found, ...problems].some((problem) => problem.path[0] === path[0]);
      if (!(ofRecipe && isKnown)) problems.push(problemAt(ofRecipe ? top : place, path, text));
    }
  }
  try {
    new MediaPool(recipe.media);
  } catch (error) {
    problems.push(problemAt(top, ['media'], (error as Error).message.replace(/^MediaPool: /, '')));
  }
  const isIdle = uses.length === 0 && fields.test === undefined && found.length === 0;
  return isIdle ? [...problems, idleProblem(fields)] : problems;
}

function idleProblem({ stages }: RecipeFields): Problem {
  if (stages !== undefined)
    return problemAt(top, ['stages'], "nothing is left to do; name a stage, or 'test'");
  return problemAt(
    top,
    ['grpo'],
    "with 'sft: false' too nothing is left to do; leave out one of them, or name 'captions' or 'test'",
  );
}

function modelProblems({ model, processor, adapter }: RecipeFields): Problem[] {
  const place = { path: ['model'], label: ['model'] };
  const wrong =
    adapter !== undefined && typeof model !== 'string'
      ? [problemAt(top, ['adapter'], "is of a model in a folder; name that in 'model'")]
      : [];
  if (typeof model === 'object') return [...wrong, ...issueProblems(smallConfigIssues(model), model, place)];
  if (wrong.length > 0) return wrong;
  if (typeof model !== 'string' || processor === undefined) return [];
  const text = 'is for fresh models; a model from a folder has its own preprocessor_config.json';
  return [problemAt(top, ['processor'], text)];
}

function deviceProblems({ device }: RecipeFields): Problem[] {
  const count = torch.cuda.deviceCount();
  const cuda = count === 0 ? [] : ['cuda', ...Array.from({ length: count }, (_, i) => `cuda:${i}`)];
  const devices = ['cpu', ...cuda];
  if (devices.includes(device)) return [];
  const text = `expected ${devices.join(', ')}, which this machine has (got ${shown(device)})`;
  return [problemAt(top, ['device'], text)];
}
