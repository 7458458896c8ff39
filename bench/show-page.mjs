// What a benchmark found, as a page: on the terminal, and in docs/results where that is asked for.

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'results');

/** @param name of the benchmark, and of its page; the command that makes it is the last line */
export function showPage(name, lines, write) {
  const text = [...lines, `\`npm run bench -- ${name} --write\``, ''].join('\n');
  process.stdout.write(text);
  if (write) writeFileSync(join(folder, `${name}.md`), text);
}
