/** YAML that a user wrote, or got from somewhere: whatever stands in it, reading it ends soon. */
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { BadInputError } from '../../files/index.js';
import { isDeeper, readUserText } from '../../runtime/index.js';

export interface YamlFile {
  document: Document;
  lines: LineCounter;
  /** Plain values, without aliases that refer to themselves. */
  value: unknown;
}

/** A recipe has a few dozen lines; keys are compared with each other. */
const maxBytes = 2 ** 16;
const maxLevels = 32;

/** @throws BadInputError naming the file, and the line where one is at fault */
export function readYaml(file: string): YamlFile {
  const fail = (reason: string) =>
    new BadInputError(
      `${file}: cannot be read: ${reason}. Fix: give a recipe, a YAML file; the smallest is one line, 'data: samples.jsonl'.`,
    );
  return parseYaml(readUserText(file, { maxBytes, fail }), file);
}

/** @param file that messages name @throws BadInputError as readYaml */
export function parseYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [broken] = [...document.errors, ...document.warnings];
    if (broken !== undefined) {
      const { line } = lines.linePos(broken.pos[0]);
      throw new BadInputError(`${file}:${line}: ${broken.message}`);
    }
    const deep = new BadInputError(
      `${file}: nested deeper than ${maxLevels} levels, or an alias inside what it stands for`,
    );
    // Before any value is made: that takes the square of the depth where keys are nested. A level is a pair and its map.
    visit(document, (_, _node, path) => {
      if (path.length > 2 * maxLevels) throw deep;
    });
    // Aliases to many aliases are counted and refused by the package; one to what contains it is not.
    const value: unknown = document.toJS();
    if (isDeeper(value, maxLevels)) throw deep;
    return { document, lines, value };
  } catch (error) {
    if (error instanceof BadInputError) throw error;
    const reason = error instanceof RangeError ? 'nested too deeply' : (error as Error).message;
    throw new BadInputError(`${file}: cannot be read as YAML: ${reason}`);
  }
}
