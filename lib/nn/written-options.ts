/** Readers of an adapter's file know one name of each module: what options match by another one is written out. */
import type { LoraOptions } from './lora-options.js';
import { isSaved, isTarget, patternValue } from './module-names.js';

export interface NamedModule {
  /** The name in the file. */
  file: string;
  /** All names that the options may mean. */
  any: readonly string[];
}

/** @param modules of the whole model @returns options that match the same modules by their names in the file alone */
export function writtenOptions(options: LoraOptions, modules: readonly NamedModule[]): LoraOptions {
  const all = modules.map(({ file, any }) => ({ file: [file], any }));
  const targets = all.filter(({ any }) => isTarget(any, options));
  const written = { ...options };
  if (all.some(({ file, any }) => isTarget(file, options) !== isTarget(any, options))) {
    written.targetModules = targets.map(({ file: [name] }) => name);
    for (const field of ['excludeModules', 'layersToTransform', 'layersPattern'] as const)
      delete written[field];
  }
  if (all.some(({ file, any }) => isSaved(file, options) !== isSaved(any, options)))
    written.modulesToSave = all.filter(({ any }) => isSaved(any, options)).map(({ file: [name] }) => name);
  for (const field of ['rankPattern', 'alphaPattern'] as const) {
    const patterns = options[field] ?? {};
    if (targets.every(({ file, any }) => patternValue(file, patterns) === patternValue(any, patterns)))
      continue;
    const values = targets.map(({ file: [name], any }) => [
      `^${name.replaceAll('.', '\\.')}`,
      patternValue(any, patterns),
    ]);
    written[field] = Object.fromEntries(values.filter(([, value]) => value !== undefined));
  }
  return written;
}
