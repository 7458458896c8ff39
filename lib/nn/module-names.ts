/** Which modules an adapter changes, by PEFT's rules for names. A module may have several names: any of them may match. */

export interface ModuleSelection {
  /** A list of names or of their last parts, or an expression that a whole name matches. */
  targetModules: readonly string[] | RegExp;
  /** What of it is left out, by the same rule. */
  excludeModules?: readonly string[] | RegExp;
  /** Modules that are trained whole: those whose names end so. They get no other update. */
  modulesToSave?: readonly string[];
  /** Indices of layers; only with a list of names. Default: all. */
  layersToTransform?: readonly number[];
  /** Names of the lists of layers that the indices count in. Default: any list. */
  layersPattern?: readonly string[];
}

export function isTarget(names: readonly string[], selection: ModuleSelection): boolean {
  return (
    !names.some((name) => isLeftOut(name, selection)) && names.some((name) => isSelected(name, selection))
  );
}

export function isSaved(names: readonly string[], { modulesToSave = [] }: ModuleSelection): boolean {
  return names.some((name) => modulesToSave.some((saved) => name.endsWith(saved)));
}

/** The value of the first pattern that matches a name at its end, at the start of one of its parts. */
export function patternValue(
  names: readonly string[],
  patterns: Readonly<Record<string, number>>,
): number | undefined {
  const key = Object.keys(patterns).find((pattern) =>
    names.some((name) => fullMatch(`(.*\\.)?(${pattern})`, name)),
  );
  return key === undefined ? undefined : patterns[key];
}

function isLeftOut(name: string, { excludeModules = [], modulesToSave = [] }: ModuleSelection): boolean {
  if (matches(name, excludeModules)) return true;
  return modulesToSave.some((saved) => new RegExp(`^(.*\\.)?(?:${saved})($|\\.)`).test(name));
}

function isSelected(name: string, selection: ModuleSelection): boolean {
  const { targetModules } = selection;
  if (targetModules instanceof RegExp || targetModules.includes(name)) return matches(name, targetModules);
  return matches(name, targetModules) && isInLayers(name, selection);
}

function matches(name: string, pattern: readonly string[] | RegExp): boolean {
  if (pattern instanceof RegExp) return fullMatch(pattern.source, name, pattern.flags);
  return pattern.some((part) => name === part || name.endsWith(`.${part}`));
}

function isInLayers(name: string, { layersToTransform, layersPattern = [] }: ModuleSelection): boolean {
  if (layersToTransform === undefined) return true;
  // The first index of a name counts: a later one may be that of an expert.
  const lists =
    layersPattern.length === 0 ? ['.*?\\.[^.]*'] : layersPattern.map((list) => `(?:.*?\\.)?${list}`);
  for (const list of lists) {
    const found = new RegExp(`^${list}\\.(\\d+)\\.`).exec(name);
    if (found !== null) return layersToTransform.includes(Number(found[1]));
  }
  return false;
}

function fullMatch(source: string, name: string, flags = ''): boolean {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, '')).test(name);
}
