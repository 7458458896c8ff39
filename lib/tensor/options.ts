/** Named arguments of what is written by hand: a misspelt one is refused there as the generated functions refuse it. */

import { nearest } from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { Generator } from './generator.js';
import { Tensor } from './tensor.js';

/** @throws TypeError unless `options` is a plain object whose names are all in `known` */
export function checkOptions(op: string, options: unknown, known: readonly string[]): void {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (!isObject || options instanceof Tensor || options instanceof Generator) {
    throw new TypeError(
      `${op}: expected an object of named arguments (${known.join(', ')}), got ${describeValue(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    const hint = close === undefined ? '' : `; did you mean '${close}'?`;
    const expected = known.length > 0 ? `; expected ${known.join(', ')}` : '; it takes none';
    throw new TypeError(`${op}: no argument named '${name}'${expected}${hint}`);
  }
}
