/** The message of a refused recipe: a line for each problem, which starts with its place in the file or its option. */
import type { Document, LineCounter } from 'yaml';
import { type Assigned, originOf } from './assignments.js';
import type { Path, Problem } from './problems.js';
import type { YamlFile } from './read-yaml.js';

interface ProblemSource {
  file: string;
  yaml: YamlFile;
  /** Fields that are written by an alias. */
  written: ReadonlyMap<PropertyKey, string>;
  /** What options put into the recipe. */
  origins: Assigned['origins'];
}

export function problemText(source: ProblemSource, problems: readonly Problem[]): string {
  const { file, yaml, written, origins } = source;
  return problems
    .map((problem) => {
      const option = originOf(origins, problem.path);
      if (option !== undefined) return { line: 0, text: `${option}: ${problem.text}` };
      const { path, text } = asWritten(problem, written);
      const line = lineOf(yaml.document, yaml.lines, path);
      return { line, text: `${file}${line > 0 ? `:${line}` : ''}: ${text}` };
    })
    .sort((a, b) => a.line - b.line)
    .map(({ text }) => text)
    .join('\n');
}

/** Under the name that the recipe was written with. */
function asWritten(problem: Problem, written: ReadonlyMap<PropertyKey, string>): Problem {
  const [field, ...rest] = problem.path;
  const name = written.get(field);
  return name === undefined
    ? problem
    : { path: [name, ...rest], text: problem.text.replace(String(field), name) };
}

/** The line of a field or of the closest field around it; 0 where there is none. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const range = rangeOf(parent, path[length - 1]);
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return 0;
}

interface Item {
  key?: { value?: unknown; range?: [number] };
  range?: [number];
}

/** Of a field of a map, or of an item of a list. */
function rangeOf(parent: unknown, key: PropertyKey): [number] | undefined {
  const items = (parent as { items?: Item[] } | null)?.items ?? [];
  if (typeof key === 'number') return items[key]?.range;
  return items.find((item) => item.key?.value === key)?.key?.range;
}
