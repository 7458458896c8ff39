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
import { type Asked, type Preface, PromptText, type Tracks } from './prompt-text.js';

const fileName = 'preprocessor_config.json';

/** What the prompts of a model can hold besides a question. */
interface PromptParts {
  video: boolean;
  audio: boolean;
  /** Earlier exchanges. */
  history: boolean;
}

export class Processor {
  readonly config: ProcessorConfig;
  readonly clips: ClipStore;
  private readonly rules: MediaRules;
  private readonly template: ChatTemplate | null;
  private readonly text: PromptText;

  constructor(
    config: ProcessorConfig,
    rules: MediaRules,
    tokenizer: Tokenizer,
    template: ChatTemplate | null,
  ) {
    this.config = config;
    this.clips = new ClipStore(config, rules);
    this.rules = rules;
    this.template = template;
    this.text = new PromptText(tokenizer, template, rules.placeholders);
  }

  /** The views in which prompts can differ: a model that takes text alone has one prompt for a sample. */
  get views(): readonly View[] {
    return takesMedia(this.rules) ? allViews : ['av', 'none'];
  }

  get takes(): PromptParts {
    const { video, audio } = this.rules;
    return { video: video !== null, audio: audio !== null, history: this.text.takesHistory };
  }

  /** Reads preprocessor_config.json; a model that takes text alone needs none. @throws FileError */
  static readConfig(folder: string, rules?: MediaRules): ProcessorConfig {
    if (rules !== undefined && !takesMedia(rules)) return parseProcessorConfig({});
    const file = join(folder, fileName);
    return parseProcessorConfig(readJsonObject(file), (problem) => new FileError(file, problem));
  }

  save(folder: string): void {
    if (!takesMedia(this.rules)) return;
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
   * What the questions of one clip, system message and tools share, in one view. Its tensors belong to the current scope.
   * @param order of the frames in the view 'shuffled'
   */
  root(tracks: ClipTracks, view: View, preface: Preface = {}, order = inOrder): PromptRoot {
    const shown = tracksIn(view, tracks);
    const hasPictures = shown === 'clip' || shown === 'video';
    const shuffled = view === 'shuffled' ? tracks.shuffledPictures(order) : null;
    const pictures = hasPictures ? (shuffled ?? tracks.pictures) : null;
    const sound = shown === 'clip' || shown === 'audio' ? tracks.sound : null;
    const { before: begin, between: end } = this.text.prefix(preface, shown);
    const textIds = [...begin, ...end];
    const media = mediaSpan(pictures?.span, sound?.tokens);
    if (media === null) return { spans: text(textIds.length), textIds };
    // A clip span brings its own two begin and two end markers.
    const own = media.kind === 'clip' ? 2 : 0;
    if (begin.length < own || end.length < own)
      throw new TextError(
        this.template?.file ?? 'chat template',
        'puts fewer than two markers before or after a clip',
      );
    return {
      spans: [...text(begin.length - own), media, ...text(end.length - own)],
      textIds,
      vision: pictures?.input,
      audio: sound?.input,
    };
  }

  /** Ids of earlier exchanges, the question, its options and the header of the answer, below the root of a view. */
  question(sample: Asked, tracks: ClipTracks, view: View): number[] {
    return this.text.question(sample, tracksIn(view, tracks));
  }

  /** Ids of an answer's text, or of the next part of it, as they follow a prompt. */
  answer(text: string): number[] {
    return this.text.answer(text);
  }

  /** Ids from the end of an answer, its end token included, to the header of the answer to a further question. */
  followUp(question: string): number[] {
    return this.text.followUp(question);
  }

  /** Id of the token that ends an answer. */
  get endId(): number {
    return this.text.endId;
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

/** What a view shows of a clip. */
function tracksIn(view: View, { has }: ClipTracks): Tracks {
  const video = has.pictures && view !== 'a' && view !== 'none';
  const audio = has.sound && view !== 'v' && view !== 'none';
  if (video) return audio ? 'clip' : 'video';
  return audio ? 'audio' : 'none';
}

export function takesMedia({ video, audio }: MediaRules): boolean {
  return video !== null || audio !== null;
}

function text(length: number): MediaSpan[] {
  return length === 0 ? [] : [{ kind: 'text', length }];
}
