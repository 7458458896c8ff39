/** What completions need of each track, for `rewards.necessityReward`. */
import { completionTree, gateWithout, Modality, type Prompt, type TokenNode } from '../batch/index.js';
import type { Sample, View } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import type { Necessity, RewardBatch } from '../rewards/index.js';
import { EncodedMedia } from '../rollout/index.js';
import { checkOptions, kinds, required, scope } from '../tensor/index.js';
import { meanLogprobs } from './likelihoods.js';

export interface NecessityOptions {
  /** The one that samples the completions. */
  model: {
    readonly graph: ModelGraph;
    prepare(
      samples: readonly Sample[],
      options: { views: readonly ['av'] },
    ): Promise<Partial<Record<View, Prompt[]>>>;
  };
}

const gates = [0xff, gateWithout(Modality.audio), gateWithout(Modality.video, Modality.image)];

/**
 * By how much the mean log-likelihood of each completion's tokens falls when attention does not see a track: further passes
 * over the same packed prompts and tokens of the towers, in which a gate hides the track's keys from all others. Positions
 * stay, and nothing is sampled.
 */
export function necessity(options: NecessityOptions): (batch: RewardBatch) => Promise<Necessity[]> {
  checkOptions('necessity', options, { model: required(kinds.object) });
  const { model } = options;
  return ({ samples, completionIds }) =>
    scope(async () => {
      const ofSample = new Map<string, number[]>();
      for (const [i, { id }] of samples.entries()) ofSample.set(id, [...(ofSample.get(id) ?? []), i]);
      const groups = [...ofSample.values()];
      const { av = [] } = await model.prepare(
        groups.map(([first]) => samples[first]),
        { views: ['av'] },
      );
      const nodes: TokenNode[] = [];
      const trees = groups.map((group, g) => {
        const tree = completionTree(
          av[g],
          group.map((i) => completionIds[i]),
        );
        for (const [k, i] of group.entries()) nodes[i] = tree.children[0].children?.[k] as TokenNode;
        return tree;
      });
      const [full, withoutAudio, withoutVideo] = meanLogprobs(
        model.graph,
        trees,
        new EncodedMedia(model.graph),
        gates,
      ).map((means) => (node: TokenNode) => means.get(node) ?? Number.NaN);
      return nodes.map((node) => ({
        audio: full(node) - withoutAudio(node),
        video: full(node) - withoutVideo(node),
      }));
    });
}
