/**
 * The clips of samples as a model takes them: decoded once and kept, as bytes and mel frames, for every question, view and
 * epoch.
 */
import { type DataRow, hasMedia } from '../data/index.js';
import {
  type Decoded,
  fitPixels,
  logMel,
  MediaError,
  type MediaInfo,
  type MediaPool,
  type PixelFit,
} from '../media/index.js';
import type { MediaRules } from '../models/index.js';
import { scope } from '../tensor/index.js';
import { fileOf, ofSample, onFile } from './clip-error.js';
import type { ProcessorConfig } from './processor-config.js';

/** A clip ready for the towers. */
export interface ClipFeatures {
  /** Seconds; 0 without a clip. */
  duration: number;
  video: {
    frames: Uint8Array;
    shape: [frames: number, height: number, width: number];
    /** Seconds on the clip's clock at which each frame appears. */
    times: number[];
  } | null;
  /** log-mel, row-major [melBins, frames]. */
  audio: { mel: Float32Array; frames: number } | null;
}

/** What a model takes of a sample's files. */
interface Wanted {
  pictures: boolean;
  ownSound: boolean;
  /** A sound file in place of the clip's own track. */
  track: string | null;
}

export class ClipStore {
  private readonly config: ProcessorConfig;
  private readonly rules: MediaRules;
  private readonly decoded = new Map<string, Promise<ClipFeatures>>();
  private readonly probed = new Map<string, Promise<void>>();

  constructor(config: ProcessorConfig, rules: MediaRules) {
    this.config = config;
    this.rules = rules;
  }

  /** Decodes a sample's clip, once. @throws MediaError naming the file and the sample */
  features(sample: DataRow, pool: MediaPool): Promise<ClipFeatures> {
    return once(this.decoded, sample, () => this.decode(sample, pool));
  }

  /** Keeps a sample's clip no longer: its file may become another. */
  forget(sample: DataRow): void {
    for (const saved of [this.decoded, this.probed]) saved.delete(keyOf(sample));
  }

  /**
   * Reads a sample's files without decoding them: finds what is missing, cut off or no clip, and tracks and shapes that the
   * model cannot take, but no damage inside a packet. @throws MediaError as `features`
   */
  probe(sample: DataRow, pool: MediaPool): Promise<void> {
    return once(this.probed, sample, () => this.look(sample, pool));
  }

  /** Takes over the decoded clips of a model with the same configuration. */
  adopt({ decoded }: ClipStore): void {
    for (const [key, features] of decoded) this.decoded.set(key, features);
  }

  private wanted({ video, audio }: DataRow): Wanted {
    const track = audio ?? null;
    return {
      pictures: this.rules.video !== null && video !== undefined,
      ownSound: this.rules.audio !== null && track === null,
      track: this.rules.audio === null ? null : track,
    };
  }

  /** @throws MediaError where the model reads text alone */
  private checkTaken(sample: DataRow): void {
    if (this.rules.video !== null || this.rules.audio !== null) return;
    const problem =
      'the model takes text alone; leave out "video" and "audio", or choose a model that takes them';
    throw new MediaError('NO_TRACK', fileOf(sample), problem);
  }

  private async decode(sample: DataRow, pool: MediaPool): Promise<ClipFeatures> {
    if (!hasMedia(sample)) return { duration: 0, video: null, audio: null };
    this.checkTaken(sample);
    const { pictures, ownSound, track } = this.wanted(sample);
    const { fps, maxFrames, autorotate, sampleRate } = this.config;
    const empty: Decoded = { video: null, audio: null, duration: 0 };
    const main =
      sample.video === undefined
        ? empty
        : await pool.decode(sample.video, {
            video: pictures ? { fps, maxFrames, autorotate, fit: this.fit } : false,
            audio: ownSound ? undefined : false,
          });
    const heard = track === null ? main : await pool.decode(track, { video: false, audio: { sampleRate } });
    const video = onFile(fileOf(sample), () => this.pictures(main));
    const audio = onFile(track ?? fileOf(sample), () => this.sound(heard));
    if (video === null && audio === null) throw nothingFor(sample);
    return { duration: Math.max(main.duration, heard.duration), video, audio };
  }

  private async look(sample: DataRow, pool: MediaPool): Promise<void> {
    if (!hasMedia(sample)) return;
    this.checkTaken(sample);
    const { pictures, ownSound, track } = this.wanted(sample);
    const main = sample.video === undefined ? null : await pool.probe(sample.video);
    if (pictures) {
      const { width, height } = trackOf(main, 'video', fileOf(sample));
      onFile(fileOf(sample), () => fitPixels(height, width, this.fit.step, this.fit));
    }
    const own = ownSound ? main?.audio : null;
    const heard = track === null ? own : trackOf(await pool.probe(track), 'audio', track);
    if (!pictures && !(heard && heard.duration > 0)) throw nothingFor(sample);
  }

  private pictures({ video }: Decoded): ClipFeatures['video'] {
    if (video === null) return null;
    const [count, height, width] = video.shape;
    return { frames: video.frames, shape: [count, height, width], times: video.timestamps };
  }

  /** The rule for the size at which the vision tower reads pictures. */
  private get fit(): PixelFit {
    const { step } = this.rules.video as NonNullable<MediaRules['video']>;
    const { minPixels, maxPixels } = this.config;
    return { step, minPixels, maxPixels };
  }

  private sound({ audio }: Decoded): ClipFeatures['audio'] {
    if (audio === null || this.rules.audio === null || audio.samples.length === 0) return null;
    const { melBins, minFrames } = this.rules.audio;
    const mel = scope(() => logMel(audio.samples, { melBins, minFrames }));
    return { mel, frames: mel.length / melBins };
  }
}

function keyOf({ video, audio }: DataRow): string {
  return JSON.stringify([video ?? null, audio ?? null]);
}

/** The saved result for a sample's clip, or one that is made now. Its errors name the sample. */
async function once<T>(saved: Map<string, Promise<T>>, sample: DataRow, make: () => Promise<T>): Promise<T> {
  const key = keyOf(sample);
  let result = saved.get(key);
  if (result === undefined) {
    result = make();
    // A later try decodes again after a failure.
    result.catch(() => saved.delete(key));
    saved.set(key, result);
  }
  try {
    return await result;
  } catch (error) {
    throw ofSample(error, sample);
  }
}

function trackOf<K extends 'video' | 'audio'>(
  info: MediaInfo | null,
  kind: K,
  file: string,
): NonNullable<MediaInfo[K]> {
  const track = info?.[kind];
  if (track) return track;
  throw new MediaError('NO_TRACK', file, `it holds no ${kind === 'video' ? 'pictures' : 'sound'}`);
}

function nothingFor(sample: DataRow): MediaError {
  return new MediaError('NO_TRACK', fileOf(sample), 'it has neither pictures nor sound for the model');
}
