/** A trainable model that knows two clips of noise, by the first character of a sample's file. */
import type { AudioInput, Prompt, PromptRoot, VisionInput } from '../../lib/batch/index.js';
import type { Sample, View } from '../../lib/data/index.js';
import type { OmniGraph } from '../../lib/models/index.js';
import { sampleBatch } from '../../lib/rollout/index.js';
import { torch } from '../../lib/tensor/index.js';
import type { TrainableModel } from '../../lib/train/index.js';

/** Two clips with two questions each. */
export const clipSamples: Sample[] = ['a', 'b', 'c', 'd'].map((id, i) => ({
  id,
  video: `${i >> 1}.mp4`,
  question: id,
}));

interface NoiseClip {
  picture: { rows: number; columns: number; times: number[] };
  /** Tokens of its sound. */
  sound: number;
  vision(): VisionInput;
  audio(): AudioInput;
}

function rootOf(
  view: View,
  { picture, sound }: NoiseClip,
  vision: VisionInput,
  audio: AudioInput,
): PromptRoot {
  const text = { kind: 'text', length: 2 } as const;
  switch (view) {
    case 'v':
      return { spans: [text, { kind: 'video', ...picture }], textIds: [3, 4], vision };
    case 'a':
      return { spans: [text, { kind: 'audio', tokens: sound }], textIds: [3, 4], audio };
    case 'none':
      return { spans: [text], textIds: [3, 4] };
    default:
      return {
        spans: [text, { kind: 'clip', tokens: sound, ...picture }],
        textIds: [3, 4, 5, 6, 7, 8],
        vision,
        audio,
      };
  }
}

export function clipModel(graph: OmniGraph, clip: NoiseClip): TrainableModel {
  const { rows, columns, times } = clip.picture;
  const tokens = { text: 3, audio: clip.sound, video: rows * columns * times.length };
  return {
    graph,
    async prepare(asked, { views, occurrences }) {
      const clips = [0, 1].map((seed) => {
        torch.manualSeed(seed);
        return { vision: clip.vision(), audio: clip.audio() };
      });
      const inView = (view: View): Prompt[] => {
        const roots = clips.map(({ vision, audio }) => rootOf(view, clip, vision, audio));
        return asked.map(({ id, video }, i) => ({
          id,
          occurrence: occurrences?.[i] ?? 0,
          root: roots[Number(video?.[0])],
          question: [10 + id.charCodeAt(0) - 97],
          text: id,
          tokens,
        }));
      };
      return Object.fromEntries(views.map((view) => [view, inView(view)]));
    },
    samplePrompts: (prompts, params, { media }) =>
      sampleBatch(graph, prompts, params, { stopIds: [63], decode: (ids) => ids.join(' '), media }),
    encodeCompletion: () => [20, 21, 63],
    encodePart: () => [22],
    savePretrained: () => undefined,
  };
}
