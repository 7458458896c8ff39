/**
 * From a sample to what the model reads: features of its clip, prompts as token ids around media spans.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MediaSpan, mediaTokens, type Prompt, type PromptRoot } from '../batch/index.js';
import type { Sample, View } from '../data/index.js';
import { questionText } from '../data/index.js';
import { type MediaPool, normalizeFrames } from '../media/index.js';
import type { MediaRules, VideoSpan } from '../models/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import { type Device, torch } from '../tensor/index.js';
import { type ChatTemplate, TextError, type Tokenizer } from '../text/index.js';
import { onSample } from './clip-error.js';
import { type ClipFeatures, ClipStore } from './clip-store.js';
import { type ProcessorConfig, parseProcessorConfig } from './processor-config.js';
import { PromptText, type Tracks } from './prompt-text.js';

const fileName = 'preprocessor_config.json';

type Pictures = NonNullable<ClipFeatures['video']>;
type Sound = NonNullable<ClipFeatures['audio']>;

export class Processor {
  readonly config: ProcessorConfig;
  readonly clips: ClipStore;
  private readonly rules: MediaRules;
  private readonly template: ChatTemplate;
  private readonly text: PromptText;

  constructor(config: ProcessorConfig, rules: MediaRules, tokenizer: Tokenizer, template: ChatTemplate) {
    this.config = config;
    this.clips = new ClipStore(config, rules);
    this.rules = rules;
    this.template = template;
    this.text = new PromptText(tokenizer, template, rules.placeholders);
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
  root(clip: ClipFeatures, view: View, system?: string, device: Device = 'cpu'): PromptRoot {
    const video = view === 'av' || view === 'v' ? clip.video : null;
    const audio = view === 'av' || view === 'a' ? clip.audio : null;
    const { before: begin, between: end } = this.text.prefix(
      system,
      tracksOf(video !== null, audio !== null),
    );
    const textIds = [...begin, ...end];
    const pictures = video === null ? null : this.pictures(video, device);
    const sound = audio === null ? null : this.sound(audio, device);
    const media = mediaSpan(pictures?.span, sound?.tokens);
    if (media === null) return { spans: text(textIds.length), textIds };
    // A clip span brings its own two begin and two end markers.
    const own = media.kind === 'clip' ? 2 : 0;
    if (begin.length < own || end.length < own)
      throw new TextError(this.template.file, 'puts fewer than two markers before or after a clip');
    return {
      spans: [...text(begin.length - own), media, ...text(end.length - own)],
      textIds,
      vision: pictures?.input,
      audio: sound?.input,
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
    view: View,
    shared?: PromptRoot,
    device?: Device,
  ): Omit<Prompt, 'occurrence'> {
    const root = shared ?? onSample(sample, () => this.root(clip, view, sample.system, device));
    const question = this.question(sample);
    const { vision: video, audio } = mediaTokens(root.spans);
    const tokens = { text: root.textIds.length + question.length, audio, video };
    return { id: sample.id, root, question, text: questionText(sample), tokens };
  }

  private pictures({ frames, shape: [count, height, width], times }: Pictures, device: Device) {
    const pixels = torch.fromBuffer(frames, [count, height, width, 3], 'uint8').to(device);
    const normalized = normalizeFrames(pixels, this.config.imageMean, this.config.imageStd);
    return taken(this.rules.video, 'pictures').toInput(normalized, times);
  }

  private sound({ mel, frames }: Sound, device: Device) {
    const features = torch.fromBuffer(mel, [mel.length / frames, frames], 'float32').to(device);
    return taken(this.rules.audio, 'sound').toInput(features);
  }
}

/** The rules for a track that the clip store gave: it gives none that the model does not take. */
function taken<T>(rules: T | null, track: string): T {
  if (rules === null) throw new Error(`the model takes no ${track}`);
  return rules;
}

function mediaSpan(pictures: VideoSpan | undefined, tokens: number | undefined): MediaSpan | null {
  if (pictures === undefined) return tokens ? { kind: 'audio', tokens } : null;
  return tokens === undefined ? pictures : { ...pictures, kind: 'clip', tokens };
}

function tracksOf(video: boolean, audio: boolean): Tracks {
  if (video) return audio ? 'clip' : 'video';
  return audio ? 'audio' : 'none';
}

function text(length: number): MediaSpan[] {
  return length === 0 ? [] : [{ kind: 'text', length }];
}
