/** How many rows trees take in a packed sequence, without packing them, and how they are divided by it. */
import { mediaTokens } from './layout.js';
import type { PromptRoot } from './prompt.js';
import { groupsOf, type TokenNode, type TokenTree } from './tree.js';

/** Of a root: text, markers and media. */
export function rootTokens({ spans, textIds, shown }: PromptRoot): number {
  const { vision, audio } = mediaTokens(spans);
  const media = shown === undefined ? vision + audio : shown.vision.length + shown.audio.length;
  return textIds.length + media;
}

/** Of a node and what is below it. The last token of a sequence predicts nothing and has no row. */
export function nodeTokens({ ids, lossMask, children = [] }: TokenNode): number {
  const own = lossMask !== undefined && children.length === 0 ? Math.max(0, ids.length - 1) : ids.length;
  return children.reduce((sum, child) => sum + nodeTokens(child), own);
}

/** Of trees, of which those with the same root and gate have it in common. */
export function packedTokens(trees: readonly TokenTree[]): number {
  const roots = groupsOf(trees).map(({ root }) => root);
  const below = trees.flatMap(({ children }) => children);
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  return sum(roots.map(rootTokens)) + sum(below.map(nodeTokens));
}

/** In order, those of a pass together within `most` tokens; one alone may have more. */
export function inPasses<T>(all: readonly T[], tokensOf: (one: T) => number, most: number): T[][] {
  const passes: T[][] = [];
  let room = 0;
  for (const one of all) {
    const tokens = tokensOf(one);
    if (passes.length === 0 || tokens > room) {
      passes.push([]);
      room = most;
    }
    passes[passes.length - 1].push(one);
    room -= tokens;
  }
  return passes;
}
