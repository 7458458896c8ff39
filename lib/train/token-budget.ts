// Micro-batches by a limit of their tokens: as many items, one after the other, as fit. A micro-batch of long ones takes no
// more memory than one of short ones, and its padding-free pass costs what its tokens cost.

import { nodeTokens, packedTokens, rootTokens, type TokenNode, type TokenTree } from '../batch/index.js';
import { chunks } from './chunks.js';

export class TokenBudget {
  readonly #limit: number | null;
  #isTold = false;

  /** @param limit tokens of a micro-batch at most, prompts and media included; null: no limit */
  constructor(limit: number | null) {
    this.#limit = limit;
  }

  /**
   * Consecutive items in micro-batches: of `size` items where there is no limit. One that exceeds the limit alone is a micro-batch of
   * its own, of which one warning tells.
   * @param treesOf what the pass reads for an item
   */
  microBatches<T extends { id: string }>(
    items: readonly T[],
    size: number,
    treesOf: (item: T) => readonly TokenTree[],
  ): T[][] {
    const limit = this.#limit;
    if (limit === null) return chunks(items, size);
    const micros: { items: T[]; trees: TokenTree[] }[] = [];
    for (const item of items) {
      const trees = treesOf(item);
      const last = micros.at(-1);
      // Trees with a root that is there already share its tokens.
      if (last !== undefined && packedTokens([...last.trees, ...trees]) <= limit) {
        last.items.push(item);
        for (const tree of trees) last.trees.push(tree);
        continue;
      }
      micros.push({ items: [item], trees: [...trees] });
      this.#tellOfLong(item.id, packedTokens(trees), limit);
    }
    return micros.map((micro) => micro.items);
  }

  /** The completions of a tree in parts that fit, each with the prompt: indices, in their order. */
  parts({ root, children: [question] }: TokenTree): number[][] {
    const completions = question.children ?? [];
    const whole = [...completions.keys()];
    if (this.#limit === null) return [whole];
    const room = this.#limit - rootTokens(root) - question.ids.length;
    const parts: number[][] = [];
    let left = -1;
    for (const i of whole) {
      const tokens = nodeTokens(completions[i] as TokenNode);
      if (parts.length === 0 || tokens > left) {
        parts.push([]);
        left = room;
      }
      parts[parts.length - 1].push(i);
      left -= tokens;
    }
    return parts;
  }

  /** How much the means of a micro-batch count in those of the step: all alike where they are of a fixed number of items. */
  weight(count: number): number {
    return this.#limit === null ? 1 : count;
  }

  #tellOfLong(id: string, tokens: number, limit: number): void {
    if (tokens <= limit || this.#isTold) return;
    this.#isTold = true;
    process.emitWarning(
      `maxTokensPerMicroBatch: '${id}' has ${tokens} tokens, more than ${limit}: it is a micro-batch of its own, and takes the ` +
        'memory of these; raise the limit, or make prompts or completions shorter. Others like it are not told of',
    );
  }
}
