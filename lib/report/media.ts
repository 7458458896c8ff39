// Clips inside the page. The run's files name them, and may name any file: only small media files that lie below the
// folders of the run and its data are embedded, wherever a path or a link points.

import { realpathSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';
import { FileError, readUserFile } from '../runtime/index.js';
import { escapeHtml } from './escape.js';

/** Clips above this size are named instead of embedded. */
const MAX_BYTES = 1 << 20;

const mediaTypes: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
};

/** The folders without links; those that do not exist are left out. */
export function realFolders(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => realPath(folder) ?? []);
}

/** @param folders without links */
export function mediaHtml(file: string | null, folders: readonly string[]): string {
  if (file === null) return '';
  const type = mediaTypes[file.slice(file.lastIndexOf('.')).toLowerCase()];
  const real = realPath(file);
  if (real === null) return note(file, 'no longer there');
  if (type === undefined) return note(file, 'not embedded: no mp4, webm, wav or mp3');
  if (!folders.some((folder) => isBelow(real, folder)))
    return note(file, 'not embedded: outside the folders of the run and of its data');
  try {
    const data = `data:${type};base64,${Buffer.from(readUserFile(real, { maxBytes: MAX_BYTES })).toString('base64')}`;
    return type.startsWith('video')
      ? `<video controls loop src="${data}"></video>`
      : `<audio controls src="${data}"></audio>`;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return note(file, `not embedded: ${error.reason}`);
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function isBelow(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

function note(file: string, text: string): string {
  return `<p class="note">${escapeHtml(file)} (${escapeHtml(text)})</p>`;
}
