/** Values and names in error messages. */

const maxLength = 80;
const maxDepth = 6;

/**
 * A value as JSON for a message, cut at 80 characters. Only the printed part is read: a value from outside may be
 * very long or deep, or contain itself.
 */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = write(value, maxDepth);
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, maxLength));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return '...';
  if (Array.isArray(value)) return `[${list(value, (item) => write(item, depth - 1))}]`;
  const { name } = value.constructor ?? Object;
  if (name !== 'Object') return `a ${name}`;
  const fields = value as Record<string, unknown>;
  return `{${list(Object.keys(fields), (key) => `${write(key, 1)}:${write(fields[key], depth - 1)}`)}}`;
}

function list<T>(items: readonly T[], print: (item: T) => string): string {
  let text = '';
  for (const [i, item] of items.entries()) {
    if (text.length > maxLength) break;
    text += `${i > 0 ? ',' : ''}${print(item)}`;
  }
  return text;
}

/** Longer names get no suggestion: the distance takes time in proportion to the product of two lengths. */
const maxName = 200;

/** The known name closest to a misspelt one (Levenshtein distance, case ignored), or undefined when none is close. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > maxName) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, name.length / 2);
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > bestDistance) continue;
    const distance = levenshtein(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= bestDistance && (best === undefined || distance < bestDistance)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
