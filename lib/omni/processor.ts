/**
 * From a sample to what the model reads: features of its clip, prompts as token ids around media spans.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MediaSpan, mediaTokens, type Prompt, type PromptRoot } from '../batch/index.js';
import { allViews, questionText, type Sample, type View } from '../data/index.js';
import type { MediaPool } from '../media/index.js';
import type { MediaRules, VideoSpan } from '../models/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import type { Device } from '../tensor/index.js';
import { type ChatTemplate, TextError, type Tokenizer } from '../text/index.js';
import { type ClipFeatures, ClipStore } from './clip-store.js';
import { ClipTracks } from './clip-tracks.js';
import { type ProcessorConfig, parseProcessorConfig } from './processor-config.js';
import { PromptText, type Tracks } from './prompt-text.js';

const fileName = 'preprocessor_config.json';

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

  /** The views in which prompts can differ: a model that takes text alone has one prompt for a sample. */
  get views(): readonly View[] {
    const { video, audio } = this.rules;
    return video === null && audio === null ? ['av', 'none'] : allViews;
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

  /** What the towers read of a clip. */
  tracks(clip: ClipFeatures, device: Device = 'cpu'): ClipTracks {
    return new ClipTracks(clip, this.config, this.rules, device);
  }

  /**
   * What the questions of one clip and system message share, in one view. Its tensors belong to the current scope.
   * @param order of the frames in the view 'shuffled'
   */
  root(tracks: ClipTracks, view: View, system?: string, order = inOrder): PromptRoot {
    const hasPictures = view === 'av' || view === 'v';
    const pictures =
      view === 'shuffled' ? tracks.shuffledPictures(order) : hasPictures ? tracks.pictures : null;
    const sound = view === 'v' || view === 'none' ? null : tracks.sound;
    const { before: begin, between: end } = this.text.prefix(
      system,
      tracksOf(pictures !== null, sound !== null),
    );
    const textIds = [...begin, ...end];
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

  /** A sample's prompt over a root that it may have in common with others. */
  prompt(sample: Sample, root: PromptRoot, question: readonly number[], occurrence: number): Prompt {
    const { vision: video, audio } = mediaTokens(root.spans);
    const tokens = { text: root.textIds.length + question.length, audio, video };
    return { id: sample.id, occurrence, root, question, text: questionText(sample), tokens };
  }
}

function inOrder(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
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
