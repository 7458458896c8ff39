/**
 * Recipes without `stages`: `data` alone, and fields that each stand for a stage, are a preset that makes the list.
 * Fields of earlier versions are aliases.
 */
import { presetNames, type RecipeFields } from './fields.js';
import { type Problem, problemAt, top } from './problems.js';
import type { StageItem } from './stage-items.js';

/** Old names of fields. */
const aliases: Record<string, string> = {
  moments: 'captions',
  momentsValidation: 'captionsValidation',
  momentsInSft: 'captionsInSft',
  alignment: 'captionSft',
};

/** Fields of the preset by the stage whose settings they are. */
const stageFields: Record<string, string> = { 'caption-sft': 'captionSft' };

/** The field of a recipe without `stages` that an alias or a stage's name stands for. */
export function presetField(name: string): string {
  const fields = { ...aliases, ...stageFields };
  return Object.hasOwn(fields, name) ? fields[name] : name;
}

interface Renamed {
  value: unknown;
  /** The field as it was written, by its name. */
  written: ReadonlyMap<PropertyKey, string>;
  problems: Problem[];
}

/** A recipe with the names of today in place of aliases. */
export function renameAliases(value: unknown): Renamed {
  const written = new Map<PropertyKey, string>();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { value, written, problems: [] };
  const problems: Problem[] = [];
  const entries = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
    const name = Object.hasOwn(aliases, key) ? aliases[key] : key;
    if (name !== key && name in value) {
      problems.push(problemAt(top, [key], `is the old name of '${name}', which is given too; leave out one`));
      return [];
    }
    if (name !== key) written.set(name, key);
    return [[name, field]];
  });
  return { value: Object.fromEntries(entries), written, problems };
}

/** The stages that the fields stand for. */
export function presetItems(fields: RecipeFields): { items: StageItem[]; problems: Problem[] } {
  const { captions, captionSft, sft = {}, grpo = {}, compareWithSft } = fields;
  const item = (stage: string, field: string, settings: Record<string, unknown> | false): StageItem[] =>
    settings === false ? [] : [{ stage, settings, place: { path: [field], label: [field] } }];
  const items = [
    ...item('caption-sft', 'captionSft', captions === undefined ? false : (captionSft ?? {})),
    ...item('sft', 'sft', sft),
    ...item('grpo', 'grpo', grpo),
    ...item('time-matched-sft', 'compareWithSft', compareWithSft && sft && grpo ? {} : false),
  ];
  const problems =
    captionSft !== undefined && captions === undefined
      ? [
          problemAt(
            top,
            ['captionSft'],
            "settings of a stage that needs 'captions'; name them, or leave it out",
          ),
        ]
      : [];
  return { items, problems };
}

/** Fields of the preset beside `stages`. */
export function mixedProblems(value: object): Problem[] {
  return presetNames
    .filter((name) => Object.hasOwn(value, name))
    .map((name) => problemAt(top, [name], "stands for a stage, beside 'stages'; name the stage there"));
}
