/**
 * Options that take several values (`--view av v`). Commander gives such an option every word up to the next option, the
 * command's own arguments too: `eval --view av model data.jsonl` would lack both.
 */
import type { Command, Option } from 'commander';

/** Words of a command line that belong together: an option's values, or words that are passed on as they are. */
interface Part {
  option?: Option;
  words: string[];
}

/**
 * The words of a command with every value of such an option written as `--view=av`. Words behind it that the command's
 * arguments still lack are left to those, as long as a required one is lacking; one that is among the option's choices stays
 * with it.
 */
export function separateValues(command: Command, words: readonly string[]): string[] {
  const { parts, operands } = split(command, words);
  const { registeredArguments: all } = command;
  const most = all.at(-1)?.variadic ? Infinity : all.length;
  let missing = all.filter(({ required }) => required).length > operands ? most - operands : 0;
  let separated: string[] = [];
  for (const { option, words: part } of parts.reverse()) {
    if (option === undefined) {
      separated = [...part, ...separated];
      continue;
    }
    const values = [...part];
    const left: string[] = [];
    const leaves = (value: string): boolean => missing > 0 && !option.argChoices?.includes(value);
    while (values.length > 1 && leaves(values[values.length - 1])) {
      left.unshift(values.pop() as string);
      missing -= 1;
    }
    separated = [...values.map((value) => `${option.long}=${value}`), ...left, ...separated];
  }
  return separated;
}

function split(command: Command, words: readonly string[]): { parts: Part[]; operands: number } {
  const parts: Part[] = [];
  let operands = 0;
  for (let i = 0; i < words.length; ) {
    const start = i;
    if (words[i] === '--') {
      operands += words.length - i - 1;
      parts.push({ words: words.slice(i) });
      break;
    }
    const option = command.options.find(({ long, short }) => words[start] === long || words[start] === short);
    i += 1;
    if (option === undefined && !isOption(words[start])) operands += 1;
    if (option?.required) i += 1;
    if (option?.variadic && i <= words.length) {
      while (i < words.length && !isOption(words[i])) i += 1;
      parts.push({ option, words: words.slice(start + 1, i) });
    } else {
      parts.push({ words: words.slice(start, i) });
    }
  }
  return { parts, operands };
}

/** As Commander sees it: a negative number is a value. */
function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-') && !/^-(\d+|\d*\.\d+)(e[+-]?\d+)?$/.test(word);
}
