// Clips of a run. The run's files name them, and may name any file: only media files that lie below the folders of the run
// and its data are shown, wherever a path or a link points.

import { realpathSync } from 'node:fs';
import { basename, isAbsolute, relative, sep } from 'node:path';
import { FileError, readUserFile } from '../runtime/index.js';
import { escapeHtml } from './escape.js';
import type { ClipView } from './view.js';

/** Clips above this size are named instead of embedded, and so are those after so many bytes in all. */
const maxClipBytes = 1 << 20;
const maxAllBytes = 24 << 20;

const mediaTypes: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
};

/** How a page shows a clip of a run. */
export interface ClipSource {
  /** @param folders as `realFolders` gives them: only clips below these are shown */
  show(file: string, folders: readonly string[]): ClipView;
  /** What the page's elements have as `src`. */
  url(source: string): string;
}

/** The folders without links; those that do not exist are left out. */
export function realFolders(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => realPath(folder) ?? []);
}

/** A media file below the folders, without links. */
export function findClip(
  file: string,
  folders: readonly string[],
): { path: string; type: string } | { note: string } {
  const type = mediaTypes[extension(file)];
  const path = realPath(file);
  if (path === null) return { note: 'no longer there' };
  if (type === undefined || mediaTypes[extension(path)] !== type)
    return { note: 'not shown: no mp4, webm, wav or mp3' };
  if (!folders.some((folder) => isBelow(path, folder)))
    return { note: 'not shown: outside the folders of the run and of its data' };
  return { path, type };
}

export function clipView(file: string, shown: { source: string } | { note: string }): ClipView {
  const kind = mediaTypes[extension(file)]?.startsWith('audio') ? 'audio' : 'video';
  const named = { name: basename(file), kind } as const;
  return 'source' in shown
    ? { ...named, source: shown.source, note: '' }
    : { ...named, source: null, ...shown };
}

/** Clips inside the page, each once. */
export class EmbeddedClips implements ClipSource {
  /** Data URLs by name. */
  readonly media: Record<string, string> = {};
  readonly #known = new Map<string, ClipView>();
  #bytes = 0;

  show(file: string, folders: readonly string[]): ClipView {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const view = clipView(file, this.#embed(file, folders));
    this.#known.set(file, view);
    return view;
  }

  url(source: string): string {
    return this.media[source];
  }

  #embed(file: string, folders: readonly string[]): { source: string } | { note: string } {
    const clip = findClip(file, folders);
    if ('note' in clip) return clip;
    try {
      const bytes = Buffer.from(readUserFile(clip.path, { maxBytes: maxClipBytes }));
      if (this.#bytes + bytes.length > maxAllBytes)
        return { note: `not embedded: the page has ${maxAllBytes >> 20} MiB of clips already` };
      this.#bytes += bytes.length;
      const source = `clip-${this.#known.size}`;
      this.media[source] = `data:${clip.type};base64,${bytes.toString('base64')}`;
      return { source };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return { note: `not embedded: ${error.reason}` };
    }
  }
}

export function mediaHtml(file: string | null, folders: readonly string[], clips: ClipSource): string {
  if (file === null) return '';
  const { kind, source, note } = clips.show(file, folders);
  if (source === null) return `<p class="note">${escapeHtml(file)} (${escapeHtml(note)})</p>`;
  const src = escapeHtml(clips.url(source));
  return kind === 'video'
    ? `<video controls loop src="${src}"></video>`
    : `<audio controls src="${src}"></audio>`;
}

function extension(file: string): string {
  return file.slice(file.lastIndexOf('.')).toLowerCase();
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
