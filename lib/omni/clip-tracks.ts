/** What the towers read of one clip: made when a prompt first shows it, the same objects for every view and question. */
import type { AudioInput, VisionInput } from '../batch/index.js';
import { normalizeFrames } from '../media/index.js';
import type { MediaRules, VideoSpan } from '../models/index.js';
import { type Device, torch } from '../tensor/index.js';
import type { ClipFeatures } from './clip-store.js';
import type { ProcessorConfig } from './processor-config.js';

interface Pictures {
  input: VisionInput;
  span: VideoSpan;
}

interface Sound {
  input: AudioInput;
  tokens: number;
}

export class ClipTracks {
  private readonly clip: ClipFeatures;
  private readonly config: ProcessorConfig;
  private readonly rules: MediaRules;
  private readonly device: Device;
  private madePictures: Pictures | undefined;
  private madeSound: Sound | undefined;

  /** Its tensors belong to the scope in which they are first asked for. */
  constructor(clip: ClipFeatures, config: ProcessorConfig, rules: MediaRules, device: Device) {
    this.clip = clip;
    this.config = config;
    this.rules = rules;
    this.device = device;
  }

  /** What the clip has for the model. */
  get has(): { pictures: boolean; sound: boolean } {
    return { pictures: this.clip.video !== null, sound: this.clip.audio !== null };
  }

  /** null: the clip has none for the model. */
  get pictures(): Pictures | null {
    if (this.clip.video === null) return null;
    this.madePictures ??= withSource(this.makePictures(this.clip.video), this.clip.video);
    return this.madePictures;
  }

  get sound(): Sound | null {
    if (this.clip.audio === null) return null;
    this.madeSound ??= withSource(this.makeSound(this.clip.audio), this.clip.audio);
    return this.madeSound;
  }

  /** The frames in another order, at the times of the right one. @param order of the given number of frames */
  shuffledPictures(order: (frames: number) => number[]): Pictures | null {
    if (this.clip.video === null) return null;
    const [count] = this.clip.video.shape;
    return this.makePictures(this.clip.video, order(count));
  }

  private makePictures(
    { frames, shape: [count, height, width], times }: NonNullable<ClipFeatures['video']>,
    order?: readonly number[],
  ): Pictures {
    const stored = torch.fromBuffer(frames, [count, height, width, 3], 'uint8').to(this.device);
    const pixels =
      order === undefined
        ? stored
        : stored.indexSelect(0, torch.tensor(BigInt64Array.from(order, BigInt), { device: this.device }));
    const normalized = normalizeFrames(pixels, this.config.imageMean, this.config.imageStd);
    return taken(this.rules.video, 'pictures').toInput(normalized, times);
  }

  private makeSound({ mel, frames }: NonNullable<ClipFeatures['audio']>): Sound {
    const features = torch.fromBuffer(mel, [mel.length / frames, frames], 'float32').to(this.device);
    return taken(this.rules.audio, 'sound').toInput(features);
  }
}

function withSource<T extends { input: object }>(track: T, source: object): T {
  return { ...track, input: { ...track.input, source } };
}

/** The rules for a track that the clip store gave: it gives none that the model does not take. */
function taken<T>(rules: T | null, track: string): T {
  if (rules === null) throw new Error(`the model takes no ${track}`);
  return rules;
}
