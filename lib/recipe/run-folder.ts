/**
 * The folder of a run: locked while it runs, with a copy of its recipe. A folder that holds another run is refused, or
 * its run replaced; what a resume continues with other settings is printed.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { BadInputError, removeFolder, removeLeftovers, replaceFile } from '../files/index.js';
import { readUserText, shown } from '../runtime/index.js';
import {
  differences,
  FolderLock,
  type RunRecord,
  readRecords,
  recordRun,
  runRecordFile,
} from '../train/index.js';
import { readYaml } from './reading/read-yaml.js';
import { isFolderName } from './reading/stage-items.js';
import { writtenRecipe } from './reading/written-recipe.js';
import type { Recipe } from './stage.js';
import { stageList } from './stages/list.js';

const otherFiles = ['accuracy.json', 'clips.json', 'report.html', runRecordFile];

/** Folders that only earlier versions wrote. */
const oldFolders = ['alignment', 'sft-continued'];

const copyFile = 'recipe.yaml';
const copyHeader = '# The recipe of this run with all its settings. Paths are relative to this folder.\n';

/** What is done with a run that the folder holds. */
interface EarlierRun {
  resume: boolean;
  overwrite: boolean;
}

/**
 * Makes and locks the output folder of a recipe.
 * @param held the folder's lock, where the caller has it already
 * @throws ConfigError when another process runs in it, BadInputError when it holds a run that is neither resumed nor replaced
 */
export function lockRunFolder(
  recipe: Recipe,
  { resume, overwrite }: EarlierRun,
  held?: FolderLock,
): FolderLock {
  const { output } = recipe;
  const lock = held ?? FolderLock.take(output, 'output');
  try {
    removeRunLeftovers(recipe);
    if (!overwrite) refuseOldRun(output);
    if (!resume && !overwrite) refuseRun(recipe);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Begins or continues a run in the locked folder: what is replaced is removed, what is continued otherwise is printed.
 * @returns what writes down the recipe, to be called when the first stage is not refused any more
 */
export function beginRun(
  recipe: Recipe,
  { resume, overwrite }: EarlierRun,
  log: (line: string) => void,
): () => void {
  const { output } = recipe;
  if (overwrite) removeRun(recipe);
  const settings = recordedSettings(recipe);
  if (resume) logChanges(output, settings, log);
  let isRecorded = false;
  return () => {
    if (isRecorded) return;
    isRecorded = true;
    recordRun(output, settings, { resume });
    copyRecipe(recipe);
  };
}

/** The recipe's fields and the settings of each stage by its name. */
function recordedSettings(recipe: Recipe): object {
  const { stages, ...fields } = writtenRecipe(recipe);
  const ofStages = recipe.stages.map(({ name }, i) => [name, Object.values(stages[i])[0]]);
  return { stages: recipe.stages.map(({ name }) => name), ...fields, ...Object.fromEntries(ofStages) };
}

/** Earlier versions recorded this field in every run; later ones never do. */
const isOld = ({ settings }: RunRecord): boolean => 'momentsInSft' in settings;

function refuseOldRun(output: string): void {
  const records = readRecords(output);
  const found = oldFolders.filter((name) => existsSync(join(output, name)));
  if (records.length > 0 ? !isOld(records[records.length - 1]) : found.length === 0) return;
  const stages = found.length > 0 ? ` (${found.join(', ')})` : '';
  throw new BadInputError(
    `output: ${output} holds a run of an earlier version of earsight, which named its stages otherwise${stages}: it cannot ` +
      'be continued. Replace it by --overwrite, or choose another folder by --output',
  );
}

function refuseRun(recipe: Recipe): void {
  const { output } = recipe;
  if (!stageFolders(recipe).some((name) => existsSync(join(output, name)))) return;
  throw new BadInputError(
    `output: ${output} holds a run already; go on with it by --resume, replace it by --overwrite, or choose another ` +
      'folder by --output',
  );
}

/** Of the recipe's stages, of the run that the folder holds, and of stages as they are called without a name. */
function stageFolders({ output, stages }: Recipe): string[] {
  const recorded = readRecords(output).flatMap(({ settings }) => {
    const { stages: names } = settings as { stages?: unknown };
    // The file may have been edited, and folders of these names are removed.
    return Array.isArray(names) ? names.filter(isFolderName) : [];
  });
  const names = [...stages, ...stageList].map(({ name }) => name);
  return [...new Set(['start', ...names, ...recorded])];
}

/** What killed processes left of files and folders in the making. */
function removeRunLeftovers(recipe: Recipe): void {
  const { output } = recipe;
  removeLeftovers(output, /^((accuracy|clips|run)\.json|recipe\.yaml|report\.html|skipped-samples\.jsonl)$/);
  for (const name of stageFolders(recipe))
    removeLeftovers(join(output, name), /^(answers\.json|model|adapter)$/);
}

/** What a run writes, and nothing else; `start` last, so that a part of it is a run too. */
function removeRun(recipe: Recipe): void {
  const { output } = recipe;
  const folders = [...stageFolders(recipe), ...oldFolders];
  removeLeftovers(output, new RegExp(`^(${folders.join('|')})$`));
  for (const name of folders.toReversed())
    if (existsSync(join(output, name))) removeFolder(join(output, name));
  for (const name of otherFiles) rmSync(join(output, name), { force: true });
}

function logChanges(output: string, settings: object, log: (line: string) => void): void {
  const before = readRecords(output).at(-1)?.settings;
  if (before === undefined) return;
  const now: object = JSON.parse(JSON.stringify(settings));
  const changes = differences(before, now).map(
    ([name, old, value]) => `${name} ${shown(old)} -> ${shown(value)}`,
  );
  if (changes.length === 0) return;
  log(`The recipe has changed since this run began; finished stages stay as they are: ${changes.join(', ')}`);
}

/**
 * The file of samples that the run in a folder is of, as its copy of the recipe names it; null where it names none. No more of
 * the recipe is read: the folder may come from elsewhere, and recipes name modules.
 * @throws BadInputError where the copy is no YAML
 */
export function dataOfRun(folder: string): string | null {
  const file = join(folder, copyFile);
  if (!existsSync(file)) return null;
  const { data } = (readYaml(file).value ?? {}) as { data?: unknown };
  return typeof data === 'string' && data !== '' ? resolve(folder, data) : null;
}

/** A file of that name that is no such copy is left: it may be the recipe itself. */
function copyRecipe(recipe: Recipe): void {
  const file = join(recipe.output, copyFile);
  if (existsSync(file) && !readUserText(file).startsWith(copyHeader)) return;
  replaceFile(file, `${copyHeader}${stringify(writtenRecipe(recipe))}`);
}
