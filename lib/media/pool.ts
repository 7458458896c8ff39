/**
 * Media files in and out, at arm's length: every decode and encode runs in a worker process with a time limit and a memory
 * cap, so that one bad file costs one error and never the program.
 */
import { lstatSync } from 'node:fs';
import { constants, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { partialName } from '../files/index.js';
import { MediaError } from './errors.js';
import type { Limits, Task, TaskResult } from './protocol.js';
import { checkDecode, checkEncode, checkLimits, checkPath, checkPoolOptions, checkSpan } from './requests.js';
import { makeTempFolder, removeTempFolder } from './temp-folder.js';
import type {
  Decoded,
  DecodeOptions,
  EncodeInput,
  MediaInfo,
  MediaLimits,
  MediaPoolOptions,
} from './types.js';
import { WorkerFailure, WorkerProcess } from './worker-process.js';

interface Job {
  file: string;
  task: Task;
  limits: Limits;
  resolve(result: TaskResult): void;
  reject(error: MediaError): void;
}

/**
 * A pool of worker processes. Workers start with the first tasks, are replaced when they die, and do not keep the program
 * from ending. Every method rejects with a {@link MediaError} that names the file, or with a TypeError for an argument of
 * another kind or an unknown option.
 *
 * @example
 * const pool = new MediaPool({ tmpDir: 'runs/demo' });
 * const { video, audio } = await pool.decode('clip.mp4', { video: { fps: 2 }, audio: {} });
 * await pool.close();
 */
export class MediaPool {
  readonly #size: number;
  readonly #limits: MediaLimits;
  readonly #tmpDir: string | undefined;
  readonly #queue: Job[] = [];
  readonly #idle: WorkerProcess[] = [];
  readonly #busy = new Map<WorkerProcess, Job>();
  #folder: string | null = null;
  #outputs = 0;
  #closed = false;

  /** @throws TypeError for unknown options and values of another kind, RangeError for numbers that are not positive and whole */
  constructor(options: MediaPoolOptions = {}) {
    checkPoolOptions(options);
    const { workers = Math.min(availableParallelism(), 4), tmpDir } = options;
    const { timeoutMs, maxRssBytes, maxResultBytes } = options;
    this.#size = workers;
    this.#limits = { timeoutMs, maxRssBytes, maxResultBytes };
    this.#tmpDir = tmpDir;
  }

  /** What a file holds. Reads all of it, decodes none of it (but the last frame of a flac file). */
  async probe(file: string): Promise<MediaInfo> {
    checkPath('probe', 'file', file);
    return (await this.#submit(file, { kind: 'probe', file: resolve(file) })) as MediaInfo;
  }

  /** Frames and mono sound of a file. Concealed or missing data is an error, never a guess. */
  async decode(file: string, options: DecodeOptions = {}): Promise<Decoded> {
    checkPath('decode', 'file', file);
    const checked = checkDecode(file, options);
    const limits = checkLimits(file, this.#limits, options);
    const task: Task = { kind: 'decode', file: resolve(file), options: checked };
    const { video, audio, duration } = (await this.#submit(file, task, limits)) as Decoded;
    return { video, audio: audio && { ...audio, samples: ownView(audio.samples) }, duration };
  }

  /**
   * Writes a clip; the ending of `file` chooses the container: mp4 and mkv (h264, aac), webm (vp9, opus), wav (16-bit PCM),
   * mjpeg (JPEG files one after another). The same input gives the same bytes with the same FFmpeg. The file appears whole
   * or not at all.
   */
  async encode(file: string, input: EncodeInput): Promise<void> {
    checkPath('encode', 'file', file);
    const checked = checkEncode(file, input);
    await this.#write(file, (out) =>
      this.#submit(file, { kind: 'encode', file: resolve(file), out, input: checked }),
    );
  }

  /** The bytes of the file that `encode` would write. @param ending chooses the container: mp4, mkv, webm, wav or mjpeg */
  async encodeBytes(ending: string, input: EncodeInput): Promise<Uint8Array> {
    const file = `clip.${ending}`;
    checkPath('encodeBytes', 'ending', file);
    const checked = checkEncode(file, input);
    const temp = this.#temporary(file, file);
    try {
      await this.#submit(file, { kind: 'encode', file, out: temp, input: checked });
      return await readFile(temp);
    } finally {
      await rm(temp, { force: true });
    }
  }

  /**
   * Writes the seconds [start, end) of `file` as a clip of its own, encoded anew as by `encode`. Pictures keep size and
   * times (an odd width or height loses one pixel), sound is mixed to mono.
   */
  async cut(file: string, out: string, span: readonly [start: number, end: number]): Promise<void> {
    checkPath('cut', 'file', file);
    checkPath('cut', 'out', out);
    const [start, end] = checkSpan(file, span);
    await this.#write(out, (temp) =>
      this.#submit(file, { kind: 'cut', file: resolve(file), out: temp, start, end }),
    );
  }

  /** Ends the workers and removes the temporary files. Unfinished tasks reject with code CLOSED. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { file, reject } of [...this.#queue.splice(0), ...this.#busy.values()]) {
      reject(new MediaError('CLOSED', file, 'the media pool was closed'));
    }
    await Promise.all([...this.#idle.splice(0), ...this.#busy.keys()].map((worker) => worker.kill()));
    if (this.#folder) removeTempFolder(this.#folder);
    this.#folder = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #submit(file: string, task: Task, limits = checkLimits(file, this.#limits, {})): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new MediaError('CLOSED', file, 'the media pool was closed'));
        return;
      }
      this.#queue.push({ file, task, limits, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#busy.size < this.#size) {
      const job = this.#queue.shift()!;
      let worker = this.#idle.pop();
      while (worker && !worker.alive) worker = this.#idle.pop();
      try {
        worker ??= new WorkerProcess();
      } catch (error) {
        const reason = `the media worker cannot start: ${(error as Error).message}`;
        job.reject(new MediaError('CRASHED', job.file, reason));
        continue;
      }
      void this.#run(worker, job);
    }
  }

  async #run(worker: WorkerProcess, job: Job): Promise<void> {
    this.#busy.set(worker, job);
    try {
      job.resolve(await worker.run({ task: job.task, limits: job.limits }));
    } catch (error) {
      const { code, reason } =
        error instanceof WorkerFailure
          ? error.failure
          : { code: 'INTERNAL' as const, reason: (error as Error).message };
      job.reject(new MediaError(code, job.file, reason));
    } finally {
      this.#busy.delete(worker);
      if (worker.alive) this.#idle.push(worker);
      this.#dispatch();
    }
  }

  async #write(file: string, produce: (temp: string) => Promise<unknown>): Promise<void> {
    const target = resolve(file);
    checkTarget(file, target);
    const temp = this.#temporary(file, basename(target));
    try {
      await produce(temp);
      await mkdir(dirname(target), { recursive: true });
      await move(temp, target);
    } catch (error) {
      await rm(temp, { force: true });
      if (error instanceof MediaError) throw error;
      throw new MediaError('WRITE_FAILED', file, (error as Error).message);
    }
  }

  /** A new name in the temporary folder, with the ending by which the worker chooses the container. */
  #temporary(file: string, name: string): string {
    try {
      this.#folder ??= makeTempFolder(this.#tmpDir);
    } catch (error) {
      throw new MediaError('WRITE_FAILED', file, `no temporary folder: ${(error as Error).message}`);
    }
    return join(this.#folder, `${this.#outputs++}${/\.[^.]*$/.exec(name)?.[0] ?? ''}`);
  }
}

/** Only a file may be replaced; a pipe or device would vanish. */
function checkTarget(file: string, target: string): void {
  let stat: ReturnType<typeof lstatSync>;
  try {
    stat = lstatSync(target, { throwIfNoEntry: false });
  } catch (error) {
    throw new MediaError('WRITE_FAILED', file, (error as Error).message);
  }
  if (stat && !stat.isFile() && !stat.isSymbolicLink()) {
    const kind = stat.isDirectory() ? 'folder' : 'pipe, socket or device';
    throw new MediaError('NOT_A_FILE', file, `a ${kind} stands there, expected a file or nothing`);
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    // Another file system: copy beside the target, then rename, so that no reader ever sees half a file.
    const beside = partialName(to);
    try {
      await copyFile(from, beside, constants.COPYFILE_EXCL);
      await rename(beside, to);
    } catch (failure) {
      await rm(beside, { force: true });
      throw failure;
    }
    await rm(from);
  }
}

/** The same samples as an array of this realm (under Jest, messages from a process arrive as another realm's arrays). */
function ownView({ buffer, byteOffset, length }: Float32Array): Float32Array {
  return new Float32Array(buffer, byteOffset, length);
}
