// Programs that are killed (SIGKILL) at each of their changes to the disk: what stands under a whole name is whole.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLeftovers } from '../../lib/files/index.js';

const program = join(__dirname, 'children', 'change-folder.cjs');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the folder `whole` holds, or null where there is none, for each place to be killed at; the last ran to its end. */
function outcomes(kind: 'replace' | 'remove'): (string[] | null)[] {
  const found: (string[] | null)[] = [];
  for (let n = 1, killed = true; killed; n += 1) {
    const own = join(folder, String(n));
    const whole = join(own, 'whole');
    mkdirSync(whole, { recursive: true });
    for (const name of ['a', 'b']) writeFileSync(join(whole, name), 'old');
    const { signal, status, stderr } = spawnSync(process.execPath, [program, own, String(n), kind]);
    killed = signal === 'SIGKILL';
    if (!killed) expect([status, String(stderr)]).toEqual([0, '']);
    found.push(
      existsSync(whole)
        ? readdirSync(whole)
            .sort()
            .map((name) => `${name} ${readFileSync(join(whole, name), 'utf8')}`)
        : null,
    );
    removeLeftovers(own, /^whole$/);
    expect(readdirSync(own)).toEqual(existsSync(whole) ? ['whole'] : []);
  }
  return found;
}

const [old, fresh] = ['old', 'new'].map((text) => [`a ${text}`, `b ${text}`]);

test('a folder that is replaced is the old one, missing or the new one, never a part of one', () => {
  const found = outcomes('replace');
  expect(found.length).toBeGreaterThan(6);
  for (const entries of found) expect([old, fresh, null]).toContainEqual(entries);
  expect(found.at(-1)).toEqual(fresh);
});

test('a folder that is removed is whole or missing', () => {
  const found = outcomes('remove');
  // Its name, no entry, one entry, all.
  expect(found).toEqual([old, null, null, null]);
});
