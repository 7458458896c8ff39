/** The list of a recipe's stages as it is written: each item is a name, or one name with its settings. */

import type { z } from 'zod';
import { nearest } from '../../data/index.js';
import { shown } from '../../runtime/index.js';
import type { Stage, StageUse } from '../stage.js';
import { adapterFields } from './adapter-settings.js';
import { recipeShape } from './fields.js';
import { type Path, type Place, type Problem, problemAt, schemaProblems, top } from './problems.js';

export interface StageItem {
  /** The stage's own name. */
  stage: string;
  settings: Record<string, unknown>;
  place: Place;
}

const expected = "expected the name of a stage, or one with its settings, as in '- grpo: { maxSteps: 100 }'";

/** @param list of `stages` */
export function listItems(list: readonly unknown[]): { items: StageItem[]; problems: Problem[] } {
  const items: StageItem[] = [];
  const problems: Problem[] = [];
  for (const [i, written] of list.entries()) {
    const item = itemOf(written, ['stages', i]);
    if (item !== null) items.push(item);
    else problems.push(problemAt(top, ['stages', i], `${expected} (got ${shown(written)})`));
  }
  return { items, problems };
}

function itemOf(written: unknown, path: Path): StageItem | null {
  if (typeof written === 'string') return { stage: written, settings: {}, place: { path, label: [written] } };
  if (typeof written !== 'object' || written === null) return null;
  const entries = Object.entries(written);
  if (entries.length !== 1) return null;
  const [[stage, given]] = entries;
  const settings = given ?? {};
  if (typeof settings !== 'object' || Array.isArray(settings)) return null;
  const { name = stage } = settings as { name?: unknown };
  return { stage, settings, place: { path: [...path, stage], label: [String(name)] } };
}

/** How a stage may be named: as a folder, and apart from fields of recipes, which --set names too. */
const nameForm = /^[A-Za-z0-9][\w-]*$/;
const taken = new Set(['start', ...Object.keys(recipeShape)]);

export function isFolderName(name: unknown): name is string {
  return typeof name === 'string' && nameForm.test(name);
}

const isTaken = (name: string, stages: readonly Stage[]): boolean =>
  taken.has(name) && !stages.some((stage) => stage.name === name);

/** What every stage may have besides its settings. */
const stageFields = ['name', ...Object.keys(adapterFields.shape)];

/** A stage of the recipe, and where its settings are written. */
export interface PlacedUse {
  use: StageUse;
  place: Place;
  /** Its settings fit the schema. */
  isValid: boolean;
}

/** @param isFresh the model is a fresh small one */
export function usesOf(
  items: readonly StageItem[],
  stages: readonly Stage[],
  isFresh: boolean,
): { uses: PlacedUse[]; problems: Problem[] } {
  const uses: PlacedUse[] = [];
  const problems: Problem[] = [];
  for (const { stage: stageName, settings: written, place } of items) {
    const stage = stages.find((it) => it.name === stageName);
    if (stage === undefined) {
      problems.push(problemAt(place, [], unknownStage(stageName, stages)));
      continue;
    }
    const { name = stageName, adapter, mergeAdapter, ...given } = written;
    const wrongName = nameProblem(name, uses, stages);
    if (wrongName !== null) problems.push(problemAt(place, ['name'], `${wrongName} (got ${shown(name)})`));
    const settings = { ...(isFresh ? stage.defaults : {}), ...given };
    const own = Object.fromEntries(
      Object.entries({ adapter, mergeAdapter }).filter(([, value]) => value !== undefined),
    );
    const wrong = [
      ...schemaProblems(stage.schema, settings, place, stageFields),
      ...schemaProblems(adapterFields, own, place),
    ];
    for (const problem of wrong) problems.push(problem);
    const isValid = wrong.length === 0;
    // What is wrong is told; it is not looked at again.
    const sound: z.infer<typeof adapterFields> = isValid ? adapterFields.parse(own) : {};
    uses.push({ use: { stage, name: String(name), settings, ...sound }, place, isValid });
  }
  return { uses, problems };
}

function unknownStage(name: string, stages: readonly Stage[]): string {
  const names = stages.map((stage) => stage.name);
  const close = nearest(name, names);
  return `no such stage; ${close ? `did you mean '${close}'?` : `expected ${names.join(', ')}`}`;
}

function nameProblem(name: unknown, uses: readonly PlacedUse[], stages: readonly Stage[]): string | null {
  if (!isFolderName(name)) return "expected letters, digits, '_' and '-', which name a folder too";
  if (isTaken(name, stages)) return 'is a name of recipes; choose another';
  if (uses.some(({ use }) => use.name === name))
    return 'names a stage before; give each its own, as in { name: second }';
  return null;
}

/** Inputs that neither the recipe nor a stage before gives. */
export function inputProblems(uses: readonly PlacedUse[], fields: object): Problem[] {
  return uses.flatMap(({ use, place }, i) =>
    use.stage.inputs
      .filter((input) => (fields as Record<string, unknown>)[input] === undefined)
      .filter((input) => !uses.slice(0, i).some((earlier) => earlier.use.stage.outputs.includes(input)))
      .map((input) =>
        problemAt(
          place,
          [],
          input in recipeShape
            ? `needs '${input}'; name it in the recipe`
            : `needs '${input}', which no stage before it leaves`,
        ),
      ),
  );
}
