/**
 * Names of a family's weights and modules in files and in its graph, both ways. The same weights have several spellings
 * in files: published on the hub, saved by the library, saved as a part of a larger model.
 */

/** Declared by a family. Prefixes are whole parts of a dotted name; '' stands before every name. */
interface KeyRules {
  /** A prefix in the graph -> its spellings in files: the first is written, all are read. */
  readonly prefixes?: Readonly<Record<string, readonly [string, ...string[]]>>;
  /** Names in files that the graph has no use for: other parts of a larger model, values that are computed. */
  readonly skipped?: readonly RegExp[];
}

interface Pair {
  graph: string;
  file: string;
}

export class KeyMap {
  readonly #read: readonly Pair[];
  readonly #written: readonly Pair[];
  readonly #skipped: readonly RegExp[];

  constructor({ prefixes = {}, skipped = [] }: KeyRules = {}) {
    const rules = Object.entries(prefixes);
    const read = rules.flatMap(([graph, files]) => files.map((file) => ({ graph, file })));
    // The longest prefix decides.
    this.#read = read.sort((a, b) => b.file.length - a.file.length);
    const written = rules.map(([graph, [file]]) => ({ graph, file }));
    this.#written = written.sort((a, b) => b.graph.length - a.graph.length);
    this.#skipped = skipped;
  }

  /** The graph's name of a weight or module that a file names; null: the graph has no use for it. */
  toGraph(name: string): string | null {
    if (this.#skipped.some((pattern) => pattern.test(name))) return null;
    return replaced(name, this.#read, 'file', 'graph');
  }

  /** All names that files may have for a weight or module of the graph. */
  spellings(name: string): string[] {
    const [own] = this.#written.filter(({ graph }) => restAfter(name, graph) !== undefined);
    if (own === undefined) return [name];
    const same = this.#read.filter(({ graph }) => graph === own.graph);
    return same.map((pair) => replaced(name, [pair], 'graph', 'file'));
  }

  /** The name in files of a weight or module of the graph. */
  toFile(name: string): string {
    return replaced(name, this.#written, 'graph', 'file');
  }
}

/** Of graphs whose files have their own names. */
export const sameNames = new KeyMap();

function replaced(name: string, pairs: readonly Pair[], from: keyof Pair, to: keyof Pair): string {
  for (const pair of pairs) {
    const rest = restAfter(name, pair[from]);
    if (rest !== undefined) return [pair[to], rest].filter((part) => part !== '').join('.');
  }
  return name;
}

/** What follows a prefix in a dotted name; undefined where it is none. */
function restAfter(name: string, prefix: string): string | undefined {
  if (prefix === '') return name;
  if (name === prefix) return '';
  return name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : undefined;
}
