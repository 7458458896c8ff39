/** One chat completion by the model: its clips as files, its prompt, its tokens. */
import { randomInt } from 'node:crypto';
import type { Completion, Sample, SamplingParams } from '../data/index.js';
import { MediaError } from '../media/index.js';
import type { OmniModel } from '../omni/index.js';
import { scope } from '../tensor/index.js';
import { wrongField } from './api-error.js';
import type { ClipFile, ClipFiles } from './clip-files.js';
import type { ClipSource, Conversation } from './conversation.js';

export interface SizeLimits {
  /** Tokens of one completion. */
  newTokens: number;
  /** Tokens of a prompt, those of its clip included. */
  promptTokens: number;
}

interface Completed {
  completions: Completion[];
  promptTokens: { text: number; audio: number; video: number };
}

interface Listener {
  /** After the prompt was made: what fails from here on is no fault of the request. */
  begin(): void;
  piece(index: number, text: string, completion?: Completion): void;
}

/** Characters a token that a text may have before it is encoded: encoding takes the thread of all requests. */
const charactersPerToken = 32;
const maxSeed = 2 ** 48 - 1;

export class Completer {
  private readonly model: OmniModel;
  private readonly files: ClipFiles;
  private readonly limits: SizeLimits;

  constructor(model: OmniModel, files: ClipFiles, limits: SizeLimits) {
    this.model = model;
    this.files = files;
    this.limits = limits;
  }

  /** All params: what a request leaves out is as the model's folder has it, or drawn. @throws ApiError */
  params(given: Partial<SamplingParams>): Partial<SamplingParams> {
    const { newTokens } = this.limits;
    const { generation } = this.model;
    if (given.maxNewTokens !== undefined && given.maxNewTokens > newTokens)
      throw wrongField('max_tokens', `expected at most ${newTokens}, got ${given.maxNewTokens}`);
    const maxNewTokens = Math.min(generation.params.maxNewTokens ?? newTokens, newTokens);
    return { seed: randomInt(maxSeed), ...generation.params, maxNewTokens, includeStop: false, ...given };
  }

  /** A completion depends on its seed and prompt alone, as that of `generate` does. @throws ApiError for clips that cannot be used */
  async complete(
    { clips, ...asked }: Conversation,
    params: Partial<SamplingParams>,
    signal: AbortSignal,
    listener: Listener,
  ): Promise<Completed> {
    this.checkLength(asked);
    const files: ClipFile[] = [];
    let sample: Sample = { id: clips.length === 0 ? 'prompt' : 'clip', ...asked };
    try {
      for (const clip of clips) {
        const opened = await this.files.open(clip);
        files.push(opened);
        sample = { ...sample, [clip.kind]: opened.file };
      }
      signal.throwIfAborted();
      // Kept by the processor until the prompt is made. A clip that is being decoded when the signal comes is left to its worker.
      await unlessAborted(this.model.processor.features(sample, this.model.media), signal);
      return await scope(async () => {
        const [prompt] = (await this.model.prepare([sample], { views: ['av'] })).av;
        const { text, audio, video } = prompt.tokens;
        if (text + audio + video > this.limits.promptTokens)
          throw wrongField(
            'messages',
            `the prompt has ${text + audio + video} tokens; this server takes at most ${this.limits.promptTokens}`,
            'context_length_exceeded',
          );
        signal.throwIfAborted();
        listener.begin();
        const [completions] = await this.model.samplePrompts([prompt], params, {
          signal,
          onText: ({ index, text: piece, completion }) => listener.piece(index, piece, completion),
        });
        signal.throwIfAborted();
        return { completions, promptTokens: prompt.tokens };
      });
    } catch (error) {
      throw error instanceof MediaError ? ofClip(error, clips, sample) : error;
    } finally {
      this.model.processor.clips.forget(sample);
      await Promise.all(files.map((file) => file.release()));
    }
  }

  private checkLength({ system = '', history, question }: Omit<Conversation, 'clips'>): void {
    const texts = [system, question, ...history.flatMap((turn) => [turn.question, turn.answer])];
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    const most = this.limits.promptTokens * charactersPerToken;
    if (length <= most) return;
    const problem = `the texts have ${length} characters; this server takes at most ${most}`;
    throw wrongField('messages', problem, 'context_length_exceeded');
  }
}

/** @throws what the signal was aborted with, as soon as it is */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Codes of what is no fault of a clip. */
const serverFaults = new Set(['NODE_AV_MISSING', 'CLOSED', 'INTERNAL', 'WRITE_FAILED', 'BAD_REQUEST']);

/** Names the part of the message in place of the file. */
function ofClip(error: MediaError, clips: readonly ClipSource[], sample: Sample): Error {
  if (serverFaults.has(error.code)) return error;
  const { param } = clips.find(({ kind }) => sample[kind] === error.file) ?? clips[0];
  return wrongField(
    param,
    error.reason.replaceAll(error.file, 'the file'),
    `media_${error.code.toLowerCase()}`,
  );
}
