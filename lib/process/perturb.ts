/** Perturbed inputs, with which contrastive step selection compares the clean one. */
import {
  gateWithout,
  Modality,
  type Prompt,
  type PromptRoot,
  type ShownTokens,
  type TokenTree,
} from '../batch/index.js';
import { streamKey, uniformAt } from '../rollout/index.js';
import { Generator, noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { forwardDiffusion, publishedStep } from './diffusion.js';

/**
 * pixelNoise: Gaussian noise on the normalised pixels, as published; audioNoise: the same on the log-mel features. frameDrop: a
 * quarter of the frame groups is not there. hideVideo, hideAudio: attention sees no token of the track.
 */
export const perturbations = ['pixelNoise', 'audioNoise', 'frameDrop', 'hideVideo', 'hideAudio'] as const;
export type Perturbation = (typeof perturbations)[number];

/** Which track each one changes. */
const tracks = {
  pixelNoise: 'vision',
  audioNoise: 'audio',
  frameDrop: 'vision',
  hideVideo: 'vision',
  hideAudio: 'audio',
} as const;

const gates = {
  hideVideo: gateWithout(Modality.video, Modality.image),
  hideAudio: gateWithout(Modality.audio),
};

const noise = forwardDiffusion(publishedStep);
const droppedFraction = 1 / 4;

/**
 * The root of a prompt as it is perturbed, and the gate that hides a track. Frames and tracks that are left out leave the
 * positions of the others as they are. What is drawn depends on the seed, the sample's id and the perturbation alone. New
 * tensors belong to the current scope.
 * @throws RangeError where the prompt does not show what would be perturbed
 */
export function perturbed(
  { id, root }: Pick<Prompt, 'id' | 'root'>,
  perturb: Perturbation,
  seed: number,
): Pick<TokenTree, 'root' | 'gate'> {
  const track = tracks[perturb];
  if (root[track] === undefined) {
    const [lacks, other] = track === 'vision' ? ['pictures', 'sound'] : ['sound', 'pictures'];
    throw new RangeError(
      `perturb: '${perturb}' needs ${lacks}, of which sample '${id}' shows none; leave the sample out, or perturb its ${other}`,
    );
  }
  const key = streamKey(seed, id, perturbations.indexOf(perturb), 0, perturbing);
  switch (perturb) {
    case 'pixelNoise': {
      const { patches, grids } = root.vision as NonNullable<PromptRoot['vision']>;
      return { root: { ...root, vision: { patches: noisy(patches, key), grids } } };
    }
    case 'audioNoise': {
      const { mel, frames } = root.audio as NonNullable<PromptRoot['audio']>;
      return { root: { ...root, audio: { mel: noisy(mel, key), frames } } };
    }
    case 'frameDrop':
      return { root: { ...root, shown: withoutFrames(root, id, key) } };
    default:
      return { root, gate: gates[perturb] };
  }
}

/** Stream of the numbers that perturb; those of completions have others. */
const perturbing = 0x2c1b3c6d;

function noisy(clean: Tensor, key: number): Tensor {
  return scope(() =>
    noGrad(() => {
      using generator = new Generator().manualSeed(key);
      const drawn = torch.randn(clean.shape, { dtype: 'float32', generator }).to(clean.device);
      return clean.mul(noise.signal).add(drawn.mul(noise.std)).to(clean.dtype);
    }),
  );
}

function withoutFrames({ spans }: PromptRoot, id: string, key: number): ShownTokens {
  const media = spans.find((span) => 'times' in span);
  const groups = media === undefined ? 0 : media.times.length;
  if (media === undefined || groups < 2)
    throw new RangeError(
      `perturb: 'frameDrop' needs at least two groups of frames, of which sample '${id}' has ${groups}; ` +
        'leave the sample out, or choose another perturbation',
    );
  const all = Array.from({ length: groups }, (_, group) => group);
  const order = [...all].sort((a, b) => uniformAt(key, a) - uniformAt(key, b));
  const dropped = new Set(order.slice(0, Math.max(1, Math.round(droppedFraction * groups))));
  const cells = media.rows * media.columns;
  const vision = all
    .filter((group) => !dropped.has(group))
    .flatMap((group) => Array.from({ length: cells }, (_, cell) => group * cells + cell));
  const audio = Array.from({ length: 'tokens' in media ? media.tokens : 0 }, (_, token) => token);
  return { vision, audio };
}
