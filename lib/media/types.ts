/**
 * The public types of lib/media: what a clip file is asked for and what comes back.
 * Plain buffers only, so that decoding in another process and tensors in this one stay independent.
 */

import type { PixelLimits } from './fit-pixels.js';

export interface MediaLimits {
  /** Milliseconds that one task may run in a worker before the worker ends itself. Default 60 000. */
  timeoutMs?: number;
  /** Resident bytes above which a worker ends itself, measured every 10 ms of a task. Default 2 GiB. */
  maxRssBytes?: number;
  /** Bytes of the frames and samples that one `decode` may give. Default and most: half of `maxRssBytes`, at most 2 GiB. */
  maxResultBytes?: number;
}

export interface MediaPoolOptions extends MediaLimits {
  /** Worker processes. Default: the number of usable cores, at most 4. */
  workers?: number;
  /** Folder under which the pool keeps its temporary files, usually the run's folder. Default: the system's. */
  tmpDir?: string;
}

export interface VideoInfo {
  codec: string;
  width: number;
  height: number;
  /** Average frames a second: the container's figure or, where it contradicts the frames' times, the true one. */
  fps: number;
  /** Frames counted in the file, never taken on trust from its header. */
  frames: number;
  /** Seconds, `frames / fps`. */
  duration: number;
  /** Clockwise degrees by which a player turns the pictures, from the display matrix; width and height are those before. */
  rotation: number;
  /** Width of a stored pixel over its height; 1 where the file does not say. */
  sampleAspectRatio: number;
}

export interface AudioInfo {
  codec: string;
  sampleRate: number;
  channels: number;
  /** Seconds. */
  duration: number;
}

export interface MediaInfo {
  /** Container names as FFmpeg reports them, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  format: string;
  /** Seconds from the start of the earlier track to the end of the later one. */
  duration: number;
  /**
   * Whether the file states how long it is: a size, a count, a mark at its end or, in some flv files, seconds. A cut-off
   * one is then refused as TRUNCATED. Where it is false, a cut-off file looks like a shorter one: MPEG-TS, MPEG-PS, AAC
   * without a container, mp3 without a Xing or VBRI header, FLAC without a count of samples, and recordings whose header
   * was never completed.
   */
  lengthStated: boolean;
  video: VideoInfo | null;
  audio: AudioInfo | null;
}

export interface PixelFit extends PixelLimits {
  step: number;
}

export interface VideoRequest {
  /**
   * Frames a second to sample, at most the file's own. The rule is Hugging Face's `default_sample_indices`:
   * n = floor(total / fileFps * fps), index i = floor(i * total / n); at a variable rate, the same in time: the frames on
   * the screen at i * seconds / n, each once. Left out: every frame.
   */
  fps?: number;
  /** Exact frame numbers, ascending; excludes `fps`, `maxFrames`, `start` and `end`. */
  indices?: readonly number[];
  /** Upper bound of the number of sampled frames; they stay evenly spread. */
  maxFrames?: number;
  /** Output size in pixels, as `resizeFrames` makes it. Left out: the file's own; one alone keeps the aspect ratio. */
  width?: number;
  height?: number;
  /** In place of a size: the one that `fitPixels` gives, sides in multiples of `step` and an area within the limits. */
  fit?: PixelFit;
  /** Whether frames are rotated and mirrored as the file's display matrix says (phones write one). Default true. */
  autorotate?: boolean;
}

export interface AudioRequest {
  /** Hz, mono. Default 16 000. */
  sampleRate?: number;
}

/** Limits given here take the place of the pool's for this file. */
export interface DecodeOptions extends MediaLimits {
  /** `false`: skip. Left out: decoded if the file has it. An object: required, a missing track is a MediaError. */
  video?: VideoRequest | false;
  audio?: AudioRequest | false;
  /**
   * Seconds on the clip's clock, which starts with the earlier track: keeps the samples of [start, end) and the frames that
   * appear within, or the one on the screen if none does. Defaults: the whole file.
   */
  start?: number;
  end?: number;
}

export interface DecodedVideo {
  /** RGB, 8 bits, row-major [n, height, width, 3]. */
  frames: Uint8Array;
  shape: [n: number, height: number, width: number, channels: 3];
  /** Average frames a second of the file (not of the sample). */
  fps: number;
  /** Frame numbers within the file. */
  indices: number[];
  /**
   * Seconds on the clip's clock at which each frame appears. At a constant rate `index / fps` (Hugging Face's
   * `VideoMetadata.timestamps`) from the first frame on, at a variable one the container's presentation time stamps.
   */
  timestamps: number[];
  /** The same as the container states it, rounded to its ticks. */
  pts: number[];
  /** Width of a pixel over its height before any resizing; 1 where the file does not say. */
  sampleAspectRatio: number;
  /** Frames in the whole file. */
  totalFrames: number;
}

export interface DecodedAudio {
  /** Mono samples, mean of the channels, about [-1, 1]. Sample 0 is at `start`; gaps in the track are silence. */
  samples: Float32Array;
  sampleRate: number;
}

export interface Decoded {
  video: DecodedVideo | null;
  audio: DecodedAudio | null;
  /** Seconds of the whole file, as `MediaInfo.duration`. */
  duration: number;
}

/** A clip to write: pictures, sound or both. The file name's ending chooses the container. */
export interface EncodeInput {
  /** RGB, 8 bits, [n, height, width, 3]; width and height even. */
  frames?: Uint8Array;
  width?: number;
  height?: number;
  fps?: number;
  /** Mono samples in [-1, 1]. */
  audio?: Float32Array;
  /** Hz. */
  sampleRate?: number;
}
