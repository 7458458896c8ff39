/** The one list of model families. */
import { shown } from '../../runtime/index.js';
import type { MediaRules, Medium, ModelFamily } from '../family.js';
import type { FamilyGraph, ModelGraph } from '../graph.js';
import { llama, qwen2, qwen3 } from './dense-text/index.js';
import type { OmniConfigInput } from './earsight-omni/config.js';
import { earsightOmni } from './earsight-omni/index.js';

const list: readonly ModelFamily[] = [earsightOmni, qwen2, qwen3, llama];

/** Of a configuration that names none. */
const ownModelType = earsightOmni.modelTypes[0];

export interface FamilyInfo {
  modelType: string;
  family: string;
  what: Medium[];
}

/** Model types that can be loaded, and what they take. */
export function families(): FamilyInfo[] {
  return list.flatMap(({ modelTypes, family, what }) =>
    modelTypes.map((modelType) => ({ modelType, family, what: [...what] })),
  );
}

export function listedFamily(modelType: unknown): ModelFamily | undefined {
  return list.find(({ modelTypes }) => modelTypes.includes(modelType as string));
}

/** @param modelType `model_type` of a configuration; left out, the family of fresh models */
export function familyOf(
  modelType: unknown = ownModelType,
  fail = (problem: string): Error => new TypeError(problem),
): ModelFamily {
  const found = listedFamily(modelType);
  if (found !== undefined) return found;
  const known = families().map((one) => JSON.stringify(one.modelType));
  throw fail(`model_type ${shown(modelType)}; expected ${known.join(' or ')}`);
}

/** A configuration before its defaults are filled in. Without a model type it is of earsight's own family. */
export type ModelConfigInput = OmniConfigInput | { model_type: string; [field: string]: unknown };

/** A graph with fresh weights. @throws TypeError for a configuration, RangeError for one beyond this machine's memory */
export function buildGraph(config: ModelConfigInput): FamilyGraph {
  const family = familyOf((config as { model_type?: unknown }).model_type);
  return family.build(family.parseConfig(config));
}

/** What the family of a graph takes of a clip. */
export function mediaRules({ modelType, config }: Pick<ModelGraph, 'modelType' | 'config'>): MediaRules {
  return familyOf(modelType).media(config);
}
