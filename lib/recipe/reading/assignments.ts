/**
 * Settings of a command line in place of the recipe's own: `grpo.learningRate=1e-5`. The path starts at the recipe's top,
 * or at a stage by its name; the value is YAML. Problems name the option instead of a line.
 */
import { BadInputError } from '../../files/index.js';
import { shown } from '../../runtime/index.js';
import type { Path } from './problems.js';
import { parseYaml } from './read-yaml.js';

export interface Assigned {
  value: unknown;
  /** What an option put into the recipe: `path` and all below it. Later ones first. */
  origins: { path: Path; option: string }[];
}

/**
 * @param recipe as it was read; not changed
 * @param fieldOf the field that stands for a stage or an alias, for recipes without a list
 * @throws BadInputError naming the option
 */
export function assign(
  recipe: unknown,
  settings: readonly string[],
  fieldOf: (name: string) => string,
): Assigned {
  const origins: Assigned['origins'] = [];
  if (settings.length === 0 || !isContainer(recipe)) return { value: recipe, origins };
  const value = structuredClone(recipe);
  for (const setting of settings) {
    const option = `--set ${setting}`;
    const [, path, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (path === undefined || path.split('.').includes(''))
      throw new BadInputError(`${option}: expected key=value, as in --set seed=3 or --set grpo.maxSteps=100`);
    const { value: assigned } = parseYaml(text, option);
    origins.unshift({ path: put(value, placeOf(value, path.split('.'), fieldOf), assigned, option), option });
  }
  return { value, origins };
}

/** The option that put a field into the recipe, or undefined. */
export function originOf(origins: Assigned['origins'], path: Path): string | undefined {
  return origins.find((origin) => origin.path.every((key, i) => key === path[i]))?.option;
}

type Container = Record<PropertyKey, unknown>;

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** The path in the recipe as it is written: the first name may be that of a stage. */
function placeOf(recipe: Container, [name, ...rest]: string[], fieldOf: (name: string) => string): Path {
  const { stages } = recipe;
  if (!Array.isArray(stages)) return [fieldOf(name), ...rest];
  for (const [i, item] of stages.entries()) {
    if (item === name) stages[i] = { [name]: {} };
    if (!isContainer(stages[i])) continue;
    // An item of another shape stays as it is written, and is refused with its line.
    const entries = Object.entries(stages[i] as Container);
    if (entries.length !== 1) continue;
    const [[stage, settings]] = entries;
    const given = isContainer(settings) ? settings.name : undefined;
    if ((given ?? stage) !== name) continue;
    stages[i] = { [stage]: settings ?? {} };
    return ['stages', i, stage, ...rest];
  }
  return [fieldOf(name), ...rest];
}

/** @returns the path of what it made or replaced */
function put(recipe: Container, path: Path, value: unknown, option: string): Path {
  let container = recipe;
  let made = path.length;
  for (const [i, key] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(container, key)) {
      define(container, key, {});
      made = Math.min(made, i + 1);
    }
    const inner = container[key];
    if (!isContainer(inner)) {
      const name = path.slice(0, i + 1).join('.');
      throw new BadInputError(
        `${option}: '${name}' is ${shown(inner)} in the recipe, which has no fields to set`,
      );
    }
    container = inner;
  }
  const last = path[path.length - 1];
  if (Array.isArray(container) && !Object.hasOwn(container, last))
    throw new BadInputError(
      `${option}: expected the index of an item, 0 to ${container.length - 1} (got ${String(last)})`,
    );
  define(container, last, value);
  return path.slice(0, made);
}

/** As an own field, whatever its name: an assignment to `__proto__` would be lost. */
function define(container: Container, key: PropertyKey, value: unknown): void {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}
