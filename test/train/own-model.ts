// A model that a program brings itself: a graph of nn modules and functions around it. Nothing of lib/models or lib/omni
// is in it. Each next token depends on the last one alone; the output head starts at 0, so that all tokens are alike.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LayOut, Packed, Prompt, PromptRoot } from '../../lib/batch/index.js';
import type { Completion, Sample } from '../../lib/data/index.js';
import { Embedding, functional as F, Linear, Module } from '../../lib/nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import type { TrainableModel } from '../../lib/train/index.js';

/** Token 0 starts, 1 ends; 2 to 27 are the letters a to z. */
export const vocabSize = 28;
const END = 1;
const HIDDEN = 16;
const encode = (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 95);
const decode = (ids: readonly number[]) =>
  ids.map((id) => (id < 2 ? '' : String.fromCharCode(id + 95))).join('');

export class LastTokenGraph extends Module {
  readonly modelType = 'last_token';
  readonly config = { hidden: HIDDEN };
  readonly vocabSize = vocabSize;
  readonly embed = new Embedding(vocabSize, HIDDEN);
  /** Called a tower here, so that it can be frozen. */
  readonly hidden = new Linear(HIDDEN, HIDDEN);
  readonly head = new Linear(HIDDEN, vocabSize, { bias: false });

  constructor() {
    super();
    noGrad(() => this.head.weight.zero_());
  }

  get headWeight(): Tensor {
    return this.head.weight;
  }

  embeddings(): Tensor[] {
    return [this.embed.weight];
  }

  towers() {
    return { vision: this.hidden.parameters() };
  }

  readonly layOut: LayOut = (spans, from = { free: 0, next: 0 }) => {
    const length = spans.reduce((sum, span) => sum + (span.kind === 'text' ? span.length : 0), 0);
    const line = Array.from({ length }, (_, i) => from.free + i);
    const end = { free: from.free + length, next: from.free + length };
    return { time: line, height: line, width: line, modality: line.map(() => 0), end };
  };

  clone(): LastTokenGraph {
    const copy = new LastTokenGraph();
    scope(() => copy.loadStateDict(this.stateDict()));
    return copy;
  }

  encodeMedia() {
    return {};
  }

  forward({ inputIds }: Pick<Packed, 'inputIds'>): Tensor {
    return this.hidden.forward(this.embed.forward(inputIds)).tanh();
  }

  newCache(): never {
    throw new Error('this model samples without a cache');
  }

  cacheBytes(): number {
    return 0;
  }

  activationBytes(tokens: number): number {
    return tokens * HIDDEN * 4;
  }

  computeIn(): this {
    return this;
  }

  /** [vocab][vocab]: log-probabilities of the next token by the last. */
  table(): number[][] {
    return scope(() =>
      noGrad(() => {
        const hidden = this.forward({ inputIds: torch.arange(0, vocabSize) });
        return F.linear(hidden, this.headWeight).logSoftmax(-1).toArray() as number[][];
      }),
    );
  }
}

export function ownModel(seed = 1): TrainableModel & { graph: LastTokenGraph } {
  torch.manualSeed(seed);
  const graph = new LastTokenGraph();
  const root: PromptRoot = { spans: [{ kind: 'text', length: 1 }], textIds: [0] };
  const promptOf = (sample: Sample, occurrence: number): Prompt => {
    const question = encode(sample.question);
    const tokens = { text: 1 + question.length, audio: 0, video: 0 };
    return { id: sample.id, occurrence, root, question, text: sample.question, tokens };
  };
  return {
    graph,
    async prepare(samples, { views, occurrences }) {
      const prompts = samples.map((sample, i) => promptOf(sample, occurrences?.[i] ?? 0));
      return Object.fromEntries(views.map((view) => [view, prompts]));
    },
    async samplePrompts(prompts, { numGenerations, maxNewTokens, seed }) {
      const table = graph.table();
      return prompts.map(({ id, occurrence, question }) =>
        Array.from({ length: numGenerations }, (_, i) =>
          complete(
            table,
            question.at(-1) as number,
            maxNewTokens,
            random(`${seed} ${id} ${occurrence} ${i}`),
          ),
        ),
      );
    },
    encodeCompletion: (text) => [...encode(text), END],
    savePretrained(folder) {
      mkdirSync(folder, { recursive: true });
      torch.save(graph.stateDict(), join(folder, 'model.safetensors'));
    },
  };
}

function complete(table: number[][], last: number, limit: number, next: () => number): Completion {
  const ids: number[] = [];
  const logprobs: number[] = [];
  while (ids.length < limit && ids.at(-1) !== END) {
    const row = table[ids.at(-1) ?? last];
    let rest = next();
    const drawn = row.findIndex((logp) => {
      rest -= Math.exp(logp);
      return rest < 0;
    });
    const id = drawn < 0 ? END : drawn;
    ids.push(id);
    logprobs.push(row[id]);
  }
  return { text: decode(ids), ids, logprobs, finishReason: ids.at(-1) === END ? 'stop' : 'length' };
}

/** Uniform numbers in [0, 1) that depend on the text alone. */
function random(text: string): () => number {
  let state = [...text].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
