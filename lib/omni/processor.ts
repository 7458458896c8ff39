/**
 * From a sample to what the model reads: features of its clip, prompts as token ids around media spans.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MediaSpan, mediaTokens, type Prompt, type PromptRoot } from '../batch/index.js';
import type { Sample, View } from '../data/index.js';
import { questionText } from '../data/index.js';
import { type MediaPool, normalizeFrames } from '../media/index.js';
import { audioTokens, type OmniConfig, patchify } from '../models/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import { torch } from '../tensor/index.js';
import { type ChatTemplate, TextError, type Tokenizer } from '../text/index.js';
import { onSample } from './clip-error.js';
import { type ClipFeatures, ClipStore } from './clip-store.js';
import { type ProcessorConfig, parseProcessorConfig } from './processor-config.js';
import { PromptText, type Tracks } from './prompt-text.js';

const fileName = 'preprocessor_config.json';

/** Which tracks a prompt shows: the view's, as far as the clip has them. `none`: the question alone. */
export type PromptView = View | 'none';

export class Processor {
  readonly config: ProcessorConfig;
  readonly clips: ClipStore;
  private readonly model: OmniConfig;
  private readonly template: ChatTemplate;
  private readonly text: PromptText;

  constructor(config: ProcessorConfig, model: OmniConfig, tokenizer: Tokenizer, template: ChatTemplate) {
    this.config = config;
    this.clips = new ClipStore(config, model);
    this.model = model;
    this.template = template;
    this.text = new PromptText(tokenizer, template);
  }

  static readConfig(folder: string): ProcessorConfig {
    const file = join(folder, fileName);
    return parseProcessorConfig(readJsonObject(file), (problem) => new FileError(file, problem));
  }

  save(folder: string): void {
    writeFileSync(join(folder, fileName), `${JSON.stringify(this.config, null, 2)}\n`);
  }

  /** Decodes a sample's clip, once. @throws MediaError naming the file and the sample */
  features(sample: Sample, pool: MediaPool): Promise<ClipFeatures> {
    return this.clips.features(sample, pool);
  }

  /** What the questions of one clip and system message share, in one view. Its tensors belong to the current scope. */
  root(clip: ClipFeatures, view: PromptView, system?: string): PromptRoot {
    const video = view === 'av' || view === 'v' ? clip.video : null;
    const audio = view === 'av' || view === 'a' ? clip.audio : null;
    const { before: begin, between: end } = this.text.prefix(
      system,
      tracksOf(video !== null, audio !== null),
    );
    const textIds = [...begin, ...end];
    const vision = video === null ? undefined : this.patches(video);
    const mel = audio === null ? undefined : this.mel(audio);
    const media = this.mediaSpan(video, vision?.grids[0], audio);
    if (media === null) return { spans: text(textIds.length), textIds };
    // A clip span brings its own two begin and two end markers.
    const own = media.kind === 'clip' ? 2 : 0;
    if (begin.length < own || end.length < own)
      throw new TextError(this.template.file, 'puts fewer than two markers before or after a clip');
    return {
      spans: [...text(begin.length - own), media, ...text(end.length - own)],
      textIds,
      vision,
      audio: mel,
    };
  }

  /** Ids of earlier exchanges, the question, its options and the header of the answer. */
  question(sample: Sample): number[] {
    return this.text.question(sample);
  }

  /** One sample's prompt; give the root of one to those that share its clip, view and system message. */
  prompt(
    sample: Sample,
    clip: ClipFeatures,
    view: PromptView,
    shared?: PromptRoot,
  ): Omit<Prompt, 'occurrence'> {
    const root = shared ?? onSample(sample, () => this.root(clip, view, sample.system));
    const question = this.question(sample);
    const { vision: video, audio } = mediaTokens(root.spans);
    const tokens = { text: root.textIds.length + question.length, audio, video };
    return { id: sample.id, root, question, text: questionText(sample), tokens };
  }

  private patches({ frames, shape: [count, height, width] }: NonNullable<ClipFeatures['video']>) {
    if (this.model.vision === null) throw new Error('the model has no vision tower');
    const pixels = torch.fromBuffer(frames, [count, height, width, 3], 'uint8');
    const normalized = normalizeFrames(pixels, this.config.imageMean, this.config.imageStd);
    const { patches, grid } = patchify(normalized, this.model.vision);
    return { patches, grids: [grid] };
  }

  private mel({ mel, frames }: NonNullable<ClipFeatures['audio']>) {
    return { mel: torch.fromBuffer(mel, [mel.length / frames, frames], 'float32'), frames: [frames] };
  }

  private mediaSpan(
    video: ClipFeatures['video'],
    grid: readonly [groups: number, rows: number, columns: number] | undefined,
    audio: ClipFeatures['audio'],
  ): MediaSpan | null {
    const tokens =
      audio === null || this.model.audio === null ? 0 : audioTokens(audio.frames, this.model.audio);
    if (video === null || grid === undefined || this.model.vision === null)
      return tokens === 0 ? null : { kind: 'audio', tokens };
    const { mergeSize, temporalPatch } = this.model.vision;
    const cells = {
      rows: grid[1] / mergeSize,
      columns: grid[2] / mergeSize,
      // A group appears with its first frame.
      times: video.times.filter((_, i) => i % temporalPatch === 0),
    };
    return audio === null ? { kind: 'video', ...cells } : { kind: 'clip', tokens, ...cells };
  }
}

function tracksOf(video: boolean, audio: boolean): Tracks {
  if (video) return audio ? 'clip' : 'video';
  return audio ? 'audio' : 'none';
}

function text(length: number): MediaSpan[] {
  return length === 0 ? [] : [{ kind: 'text', length }];
}
