/**
 * The clips of requests as files. Data URLs and base64 become files in a folder of the server's own, `file:` URLs are those of
 * folders that the server was given. Nothing is fetched.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ApiError, wrongField } from './api-error.js';
import type { ClipSource } from './conversation.js';

export interface ClipFile {
  file: string;
  /** Removes it where it is the server's own. */
  release(): Promise<void>;
}

export class ClipFiles {
  private readonly allowed: readonly string[];
  private readonly folder = mkdtempSync(join(tmpdir(), '.earsight-serve-'));
  private readonly removeFolder = (): void => rmSync(this.folder, { recursive: true, force: true });
  private count = 0;

  /** @param folders that `file:` URLs may lead into */
  constructor(folders: readonly string[]) {
    this.allowed = folders.map((folder) => realpathSync(folder));
    // Also where the process ends at once.
    process.on('exit', this.removeFolder);
  }

  close(): void {
    process.off('exit', this.removeFolder);
    this.removeFolder();
  }

  /** @throws ApiError naming the part of the message */
  async open({ param, url, base64 }: ClipSource): Promise<ClipFile> {
    if (url === undefined) return this.write(param, base64 as string);
    const [, scheme = ''] = /^([a-z][a-z\d+.-]*):/i.exec(url.slice(0, 40)) ?? [];
    switch (scheme.toLowerCase()) {
      case 'data': {
        const comma = url.indexOf(',');
        if (comma < 0 || !/;base64$/i.test(url.slice(0, comma).slice(-10)))
          throw wrongField(param, 'expected a data URL in base64: data:video/mp4;base64,...');
        return this.write(param, url.slice(comma + 1));
      }
      case 'file':
        return this.existing(param, url);
      default:
        throw wrongField(
          param,
          'expected a data URL (data:video/mp4;base64,...) or a file: URL; this server fetches nothing from the network',
        );
    }
  }

  private async write(param: string, base64: string): Promise<ClipFile> {
    const padding = /={0,2}$/.exec(base64.slice(-2)) as RegExpExecArray;
    const digits = base64.length - padding[0].length;
    const isWhole = padding[0] === '' ? digits % 4 !== 1 : base64.length % 4 === 0;
    if (digits === 0 || !isWhole || /[^A-Za-z0-9+/]/.test(base64.slice(0, digits)))
      throw wrongField(param, 'not valid base64', 'invalid_base64');
    this.count += 1;
    const file = join(this.folder, `clip-${this.count}`);
    await writeFile(file, Buffer.from(base64, 'base64'), { flag: 'wx', mode: 0o600 });
    return { file, release: () => rm(file, { force: true }) };
  }

  /** One answer for files elsewhere, whether they exist or not. */
  private async existing(param: string, url: string): Promise<ClipFile> {
    const refused = (): ApiError =>
      wrongField(
        param,
        this.allowed.length === 0
          ? 'the server was given no folder of media (--media-folder), so that it reads no file: URLs; send a data URL'
          : "expected the file: URL of a file below the server's folders of media (--media-folder)",
        'file_not_allowed',
      );
    let file: string;
    try {
      // Links are followed before the path is compared.
      file = await realpath(fileURLToPath(url));
    } catch {
      throw refused();
    }
    if (!this.allowed.some((folder) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep)))
      throw refused();
    return { file, release: async () => {} };
  }
}
