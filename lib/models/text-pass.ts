/** One text prompt through a graph by its interface alone: logits and greedy continuation. */
import { int64, packText } from '../batch/index.js';
import { nodeTable } from '../kernels/index.js';
import { functional as F } from '../nn/index.js';
import { checkOption, checkOptions, kinds, noGrad, required, scope, type Tensor } from '../tensor/index.js';
import type { ModelGraph } from './graph.js';

/** -> float32 [T, vocab], differentiable */
export function textLogits(graph: ModelGraph, input: { inputIds: readonly number[] }): Tensor {
  checkOptions('logits', input, { inputIds: required(kinds.list) });
  const { inputIds } = input;
  return headLogits(graph, pass(graph, inputIds, 0, undefined));
}

/** The ids of the largest logits, one after the other, with a cache of keys and values. */
export function generateIds(
  graph: ModelGraph,
  inputIds: readonly number[],
  options: { maxNewTokens: number },
): number[] {
  checkOption('generateIds', 'inputIds', inputIds, kinds.list);
  checkOptions('generateIds', options, { maxNewTokens: required(kinds.passedOn) });
  const { maxNewTokens } = options;
  if (!Number.isSafeInteger(maxNewTokens) || maxNewTokens < 1) {
    throw new RangeError(`generateIds: maxNewTokens must be an integer of at least 1 (got ${maxNewTokens})`);
  }
  const store = graph.newCache(inputIds.length + maxNewTokens);
  const made: number[] = [];
  try {
    let next = inputIds;
    for (let start = 0; made.length < maxNewTokens; next = made.slice(-1)) {
      const id = noGrad(() =>
        scope(() => {
          const hidden = pass(graph, next, start, store);
          return headLogits(graph, hidden.narrow(0, next.length - 1, 1))
            .argmax(-1)
            .toArray() as unknown[];
        }),
      );
      start += next.length;
      made.push(Number(id[0]));
    }
  } finally {
    store.dispose();
  }
  return made;
}

function headLogits(graph: ModelGraph, hidden: Tensor): Tensor {
  return F.linear(hidden.to(graph.headWeight.dtype), graph.headWeight).to('float32');
}

function pass(
  graph: ModelGraph,
  ids: readonly number[],
  start: number,
  store: ReturnType<ModelGraph['newCache']> | undefined,
): Tensor {
  const { device } = graph.headWeight;
  const wrong = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 0 || id >= graph.vocabSize);
  if (ids.length === 0 || wrong !== -1) {
    const problem = ids.length === 0 ? 'is empty' : `[${wrong}] is ${ids[wrong]}`;
    throw new RangeError(`inputIds ${problem}; expected at least one id from 0 to ${graph.vocabSize - 1}`);
  }
  const end = start + ids.length;
  const { time } = graph.layOut([{ kind: 'text', length: ids.length }], { free: start, next: start });
  const nodes = nodeTable([{ q: [0, ids.length], k: [0, end], causal: true }]);
  const rows = ids.map((_, i) => start + i);
  return graph.forward(
    packText(ids, time, nodes, device),
    store === undefined ? {} : { cache: { store, rows: int64(rows, device) } },
  );
}
