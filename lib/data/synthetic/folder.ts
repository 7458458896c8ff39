/**
 * A folder of clips and texts that are made from settings, with a record of them: it is finished when it was begun, and
 * kept when it is whole.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { replaceFile } from '../../files/index.js';
import { readJsonObject, readUserFile, shown } from '../../runtime/index.js';
import { DataError } from '../errors.js';

/** Clips encoded at once: a drawn one is 650 KB, and more than the pool has workers would only wait. */
const IN_WORK = 8;

interface FolderPlan {
  /** Name of the record's file. */
  record: string;
  /** What the folder is made from. */
  settings: Record<string, unknown>;
  /** Paths in the folder, and what writes the clip to a path. */
  clips: ReadonlyMap<string, (path: string) => Promise<void>>;
  /** Paths in the folder, and the content. */
  texts: ReadonlyMap<string, () => string>;
  /** Called after each clip. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Makes what is missing; nothing when all files are still what the record says.
 * @throws DataError when the folder was made from other settings, or holds other things.
 */
export async function fillFolder(dir: string, plan: FolderPlan): Promise<void> {
  const { settings, clips, texts, onProgress } = plan;
  const recordPath = join(dir, plan.record);
  const found = readRecord(recordPath, settings);
  if (found === undefined) checkEmpty(dir, plan.record);
  const isKept = (name: string): boolean => {
    if (found === undefined || !existsSync(join(dir, name))) return false;
    // Before a folder is whole there are no hashes; but the pool leaves files whole or not at all.
    return found.files === undefined || digest(join(dir, name)) === found.files[name];
  };
  const missing = [...clips].filter(([name]) => !isKept(name));
  if (found?.files && missing.length === 0 && [...texts.keys()].every(isKept)) return;

  mkdirSync(dir, { recursive: true });
  writeRecord(recordPath, settings);
  let done = clips.size - missing.length;
  await eachOf(missing, IN_WORK, async ([name, encode]) => {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    await encode(path);
    onProgress?.(++done, clips.size);
  });
  for (const [name, content] of texts) writeFileSync(join(dir, name), content());
  const names = [...texts.keys(), ...clips.keys()];
  const files = Object.fromEntries(names.map((name) => [name, digest(join(dir, name))]));
  writeRecord(recordPath, { ...settings, files });
}

interface FolderRecord extends Record<string, unknown> {
  /** Relative path -> SHA-256; present once the folder is whole. */
  files?: Record<string, string>;
}

function readRecord(path: string, settings: Record<string, unknown>): FolderRecord | undefined {
  if (!existsSync(path)) return undefined;
  const fail = (reason: string) =>
    new DataError({ file: path }, reason, 'remove the folder, or choose another one');
  const found: FolderRecord = readJsonObject(path, { fail });
  for (const [field, value] of Object.entries(settings)) {
    if (isDeepStrictEqual(found[field], value)) continue;
    throw new DataError(
      { file: path, field },
      `the folder holds a dataset made with ${shown(found[field])}, expected ${shown(value)}`,
      'choose another folder or remove this one',
    );
  }
  return found;
}

/** Beside what a killed write of the record left. */
function checkEmpty(dir: string, record: string): void {
  const other = existsSync(dir) ? readdirSync(dir).find((name) => !name.startsWith(record)) : undefined;
  if (other === undefined) return;
  throw new DataError(
    { file: dir },
    `the folder holds ${shown(other)} and no ${record}, expected a folder that was made here, an empty one or none`,
    'choose another folder',
  );
}

/** Replaces the record in one step, so that a killed run leaves the old or the new one. */
function writeRecord(path: string, record: FolderRecord): void {
  replaceFile(path, `${JSON.stringify(record, null, 1)}\n`);
}

function digest(path: string): string {
  return createHash('sha256')
    .update(readUserFile(path, { maxBytes: 2 ** 31 - 1 }))
    .digest('hex');
}

/** Runs `work` on every item, `concurrency` at a time; after a failure no further item is begun. */
async function eachOf<T>(items: T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
