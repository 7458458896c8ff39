// Reads one ATen schema, "(Tensor self, *, Scalar alpha=1) -> Tensor", into arguments and results.

/**
 * @typedef {object} Kind
 * @property {string} base      Tensor, Scalar, int, float, bool, str, ScalarType, Layout, Device, MemoryFormat, Generator
 * @property {boolean} optional the value may be None
 * @property {boolean} list
 * @property {boolean} elementOptional  Tensor?[]
 * @property {number | null} size       int[2]: one number stands for a list of that many
 * @property {string | null} alias      "a!" of Tensor(a!)
 *
 * @typedef {{ name: string, kind: Kind, keywordOnly: boolean, default: string | null }} Argument
 * @typedef {{ op: string, text: string, args: Argument[], results: { name: string, kind: Kind }[] }} Schema
 */

const BASES = new Set(
  'Tensor Scalar int float bool str ScalarType Layout Device MemoryFormat Generator'.split(' '),
);

/** @param {string} text @returns {Kind} */
function parseKind(text) {
  const match = /^(\w+)(?:\(([^)]*)\))?(\?)?(?:\[(\d*)\](\?)?)?$/.exec(text);
  if (!match) throw new Error(`schema type ${text}: not understood`);
  const [, name, alias, mark, size, listMark] = match;
  const list = size !== undefined;
  return {
    base: name === 'SymInt' ? 'int' : name,
    optional: list ? listMark === '?' : mark === '?',
    list,
    elementOptional: list && mark === '?',
    size: size ? Number(size) : null,
    alias: alias ?? null,
  };
}

/** Splits at top-level commas: "Tensor(a, b) x, int[] y=[0, 1]" has one. */
function splitTop(text) {
  const parts = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if ('([{'.includes(text[i])) depth++;
    else if (')]}'.includes(text[i])) depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === '' ? parts : [...parts, last];
}

function parseArguments(text) {
  const args = [];
  let keywordOnly = false;
  for (const part of splitTop(text)) {
    if (part === '*') {
      keywordOnly = true;
      continue;
    }
    const match = /^(.+?) (\w+)(?:=(.*))?$/.exec(part);
    if (!match) throw new Error(`schema argument ${part}: not understood`);
    args.push({ name: match[2], kind: parseKind(match[1]), keywordOnly, default: match[3] ?? null });
  }
  return args;
}

function parseResults(text) {
  const inner = text.startsWith('(') ? text.slice(1, -1) : text;
  return splitTop(inner).map((part) => {
    const [type, name = ''] = part.split(/ (?=\w+$)/);
    return { name, kind: parseKind(type) };
  });
}

/** @param {string} op "add.Tensor" @param {string} text @returns {Schema} */
export function parseSchema(op, text) {
  const arrow = text.lastIndexOf(') -> ');
  return {
    op,
    text,
    args: parseArguments(text.slice(1, arrow)),
    results: parseResults(text.slice(arrow + 5)),
  };
}

/** The first type that the bridge cannot carry, or null. @param {Schema} schema */
export function unsupportedKind(schema) {
  const kinds = [...schema.args, ...schema.results].map((it) => it.kind.base);
  return kinds.find((base) => !BASES.has(base)) ?? null;
}

/** zeros, randn_like, new_ones ...: all of dtype, layout, device, pin_memory as keywords. @param {Schema} schema */
export function isFactory(schema) {
  const names = schema.args.filter((it) => it.keywordOnly).map((it) => it.name);
  return ['dtype', 'layout', 'device', 'pin_memory'].every((name) => names.includes(name));
}
