// A model that judges steps and completions: a graph, and two rows over its last hidden state. It is trained as any model is,
// and scores paths by their steps.

import type { TokenNode } from '../../batch/index.js';
import type { Sample } from '../../data/index.js';
import type { LoadGraphOptions } from '../../models/index.js';
import { OmniModel } from '../../omni/index.js';
import type { PathScorer } from '../../process/index.js';
import { instructed, type Protocol, type ProtocolOption, protocolOf } from '../../rewards/index.js';
import { checkOptions, kinds, noGrad, required, scope } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import { promptsIn, type TrainableModel } from '../model.js';
import { RewardHead } from './reward-head.js';
import { encodeSteps, stepLogits, stepsNode } from './step-ends.js';

/** Paths of one pass. */
const pathsAtOnce = 32;

interface RewardModelOptions {
  /** How answers are asked for where the paths come from. Default 'steps'. */
  protocol?: ProtocolOption;
}

export class RewardModel<Model extends TrainableModel = TrainableModel> implements TrainableModel {
  readonly model: Model;
  readonly head: RewardHead;
  readonly protocol: Protocol;

  /** A reward model that knows nothing yet: its rows are drawn from the default generator. */
  constructor(model: Model, options: RewardModelOptions = {}) {
    checkOptions('RewardModel', options, { protocol: kinds.passedOn });
    this.model = model;
    this.head = new RewardHead(model.graph);
    this.protocol = protocolOf(options.protocol ?? 'steps', 'RewardModel');
  }

  /** Reads a model and its rows from a folder; with `adapter` the rows of that folder. @throws as OmniModel.fromPretrained, FileError */
  static async fromPretrained(
    folder: string,
    { protocol, ...options }: LoadGraphOptions & RewardModelOptions = {},
  ): Promise<RewardModel<OmniModel>> {
    const model = await OmniModel.fromPretrained(folder, options);
    const reward = new RewardModel(model, { protocol });
    reward.head.load(options.adapter ?? folder);
    reward.head.eval();
    return reward;
  }

  get graph(): Model['graph'] {
    return this.model.graph;
  }

  /** Prompts as the protocol writes them. */
  prepare(
    samples: readonly Sample[],
    options: Parameters<TrainableModel['prepare']>[1],
  ): ReturnType<TrainableModel['prepare']> {
    const asked = samples.map((sample) => instructed(sample, this.protocol));
    return this.model.prepare(asked, options);
  }

  samplePrompts(): never {
    throw new Error(
      'RewardModel: it scores completions and samples none; sample with the model that it judges',
    );
  }

  encodeCompletion(text: string): number[] {
    return this.model.encodeCompletion(text);
  }

  get encodePart(): TrainableModel['encodePart'] {
    return this.model.encodePart?.bind(this.model);
  }

  /** Writes the model and its rows. */
  async savePretrained(folder: string): Promise<void> {
    await this.model.savePretrained(folder);
    this.head.save(folder);
  }

  /** For each path how likely it is right after each of its steps; sample i is that of path i, and its prompt is computed once. */
  readonly scorer: PathScorer = async (batch) => {
    checkOptions('scorer', batch, { samples: required(kinds.list), paths: required(kinds.list) });
    const { samples, paths } = batch;
    if (samples.length !== paths.length)
      throw new RangeError(
        `scorer: samples: expected ${paths.length}, one for each of the paths, got ${samples.length}`,
      );
    const scores: number[][] = paths.map(() => []);
    const filled = [...paths.keys()].filter((i) => paths[i].length > 0);
    for (const some of chunks(filled, pathsAtOnce)) {
      const found = await this.#score(some.map((i) => ({ sample: samples[i], path: paths[i] })));
      for (const [k, i] of some.entries()) scores[i] = found[k];
    }
    return scores;
  };

  #score(asked: readonly { sample: Sample; path: readonly string[] }[]): Promise<number[][]> {
    const samples = [...new Set(asked.map(({ sample }) => sample))];
    return scope(async () => {
      const prompts = promptsIn('av', await this.prepare(samples, { views: ['av'] }));
      const nodes = new Map<Sample, { node: TokenNode; place: number }[]>(
        samples.map((sample) => [sample, []]),
      );
      for (const [place, { sample, path }] of asked.entries()) {
        const node = stepsNode(encodeSteps(this, sample.id, path));
        nodes.get(sample)?.push({ node, place });
      }
      const trees = samples.map((sample, i) => {
        const children = (nodes.get(sample) ?? []).map(({ node }) => node);
        return { root: prompts[i].root, children: [{ ids: prompts[i].question, children }] };
      });
      const probabilities = noGrad(() => {
        const { logits } = stepLogits(this, trees);
        return logits.softmax(-1).select(1, 1).toArray() as number[];
      });
      const scores: number[][] = [];
      let next = 0;
      for (const { place } of samples.flatMap((sample) => nodes.get(sample) ?? [])) {
        const { length } = asked[place].path;
        scores[place] = probabilities.slice(next, next + length);
        next += length;
      }
      return scores;
    });
  }
}
