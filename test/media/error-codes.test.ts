/** Programs branch on these codes, so the page about errors has each of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mediaErrorCodes } from '../../lib/media/index.js';

test('docs/errors.md lists the codes of MediaError, no more and no fewer', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'errors.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith('MediaError'))!;
  const listed = [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual([...mediaErrorCodes]);
});
