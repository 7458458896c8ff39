/**
 * The folder of a run: locked while it runs, with a copy of its recipe. A folder that holds another run is refused, or
 * its run replaced; what a resume continues with other settings is said.
 */
import { existsSync, rmSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { BadInputError, removeFolder, removeLeftovers, replaceFile } from '../files/index.js';
import { readUserText, shown } from '../runtime/index.js';
import { differences, FolderLock, readRecords, recordRun, runRecordFile } from '../train/index.js';
import type { Recipe } from './recipe.js';
import type { StageName } from './stages.js';

/** In the order in which they are made. */
const stageFolders: readonly StageName[] = ['start', 'alignment', 'sft', 'grpo', 'sft-continued'];
const otherFiles = ['accuracy.json', 'clips.json', 'report.html', runRecordFile];

const copyFile = 'recipe.yaml';
const copyHeader = '# The recipe of this run with all its settings. Paths are relative to this folder.\n';

/** What is done with a run that the folder holds. */
export interface EarlierRun {
  resume: boolean;
  overwrite: boolean;
}

/**
 * Makes and locks the output folder of a recipe.
 * @param held the folder's lock, where the caller has it already
 * @throws ConfigError when another process runs in it, BadInputError when it holds a run that is neither resumed nor replaced
 */
export function lockRunFolder(
  { output }: Recipe,
  { resume, overwrite }: EarlierRun,
  held?: FolderLock,
): FolderLock {
  const lock = held ?? FolderLock.take(output, 'output');
  try {
    removeLeftovers(output, /^(accuracy|clips|run)\.json$|^recipe\.yaml$/);
    if (!resume && !overwrite) refuseRun(output);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Begins or continues a run in the locked folder: what is replaced goes, what is continued otherwise is said.
 * @returns what writes down the recipe, to be called when the first stage is not refused any more
 */
export function beginRun(
  recipe: Recipe,
  stages: readonly string[],
  { resume, overwrite }: EarlierRun,
  say: (line: string) => void,
): () => void {
  const { output } = recipe;
  if (overwrite) removeRun(output);
  const settings = { stages, ...withRelativePaths(recipe) };
  if (resume) tellChanges(output, settings, say);
  let isRecorded = false;
  return () => {
    if (isRecorded) return;
    isRecorded = true;
    recordRun(output, settings, { resume });
    copyRecipe(recipe);
  };
}

function refuseRun(output: string): void {
  if (!stageFolders.some((name) => existsSync(join(output, name)))) return;
  throw new BadInputError(
    `output: ${output} holds a run already; go on with it by --resume, replace it by --overwrite, or choose another ` +
      'folder by --output',
  );
}

/** What a run writes, and nothing else; the last stage first, so that a part of it is a run too. */
function removeRun(output: string): void {
  removeLeftovers(output, new RegExp(`^(${stageFolders.join('|')})$`));
  for (const name of stageFolders.toReversed())
    if (existsSync(join(output, name))) removeFolder(join(output, name));
  for (const name of otherFiles) rmSync(join(output, name), { force: true });
}

function tellChanges(output: string, settings: object, say: (line: string) => void): void {
  const before = readRecords(output).at(-1)?.settings;
  if (before === undefined) return;
  const now: object = JSON.parse(JSON.stringify(settings));
  const changes = differences(before, now).map(
    ([name, old, value]) => `${name} ${shown(old)} -> ${shown(value)}`,
  );
  if (changes.length === 0) return;
  say(`The recipe has changed since this run began; finished stages stay as they are: ${changes.join(', ')}`);
}

/** A file of that name that is no such copy is left: it may be the recipe itself. */
function copyRecipe(recipe: Recipe): void {
  const file = join(recipe.output, copyFile);
  if (existsSync(file) && !readUserText(file).startsWith(copyHeader)) return;
  replaceFile(file, `${copyHeader}${stringify(withRelativePaths(recipe))}`);
}

/** The recipe with its paths as seen from the output folder, which may be given away. */
function withRelativePaths(recipe: Recipe): object {
  return Object.fromEntries(
    Object.entries(recipe).map(([key, value]) => [
      key,
      typeof value === 'string' && isAbsolute(value) ? relative(recipe.output, value) || '.' : value,
    ]),
  );
}
