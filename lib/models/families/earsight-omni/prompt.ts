/** What the model takes of a clip, and the placeholders of its chat template. */
import { audioTokens, minAudioFrames } from '../../blocks/audio-layout.js';
import { patchify } from '../../blocks/patches.js';
import type { AudioRules, MediaRules, VideoRules } from '../../family.js';
import type { OmniConfig } from './config.js';

export function mediaRules({ vision, audio }: OmniConfig): MediaRules {
  return {
    video: vision === null ? null : videoRules(vision),
    audio: audio === null ? null : audioRules(audio),
    placeholders: ['<|VIDEO|>', '<|AUDIO|>'],
  };
}

function videoRules(config: NonNullable<OmniConfig['vision']>): VideoRules {
  const { patch, mergeSize, temporalPatch } = config;
  return {
    step: patch * mergeSize,
    toInput(frames, times) {
      const { patches, grid } = patchify(frames, config);
      const [, rows, columns] = grid;
      return {
        input: { patches, grids: [grid] },
        span: {
          kind: 'video',
          rows: rows / mergeSize,
          columns: columns / mergeSize,
          // A group appears with its first frame.
          times: times.filter((_, i) => i % temporalPatch === 0),
        },
      };
    },
  };
}

function audioRules(config: NonNullable<OmniConfig['audio']>): AudioRules {
  return {
    melBins: config.melBins,
    minFrames: minAudioFrames(config),
    toInput(mel) {
      const frames = mel.shape[1];
      return { input: { mel, frames: [frames] }, tokens: audioTokens(frames, config) };
    },
  };
}
