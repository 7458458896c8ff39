/**
 * Trees of tokens: what one forward pass reads. A clip and its system message are a root, each question about it a child,
 * below it steps that alternatives have in common, alternatives and completions. What is shared is computed once.
 */
import type { Prompt, PromptRoot } from './prompt.js';

/** Tokens that follow those of the node above. */
export interface TokenNode {
  ids: readonly number[];
  /** One entry a token, 1: a target of the loss, 0: not. Left out: no target, and the node is no sequence. */
  lossMask?: readonly number[];
  children?: readonly TokenNode[];
}

/** Children of the root are prompt text; what stands deeper continues it as generated text does. */
export interface TokenTree {
  /** Trees with the same `root` object have its node in common. */
  root: PromptRoot;
  children: readonly TokenNode[];
}

/**
 * A prompt and completions of it, all of whose tokens are targets.
 * @param prefix generated tokens with which all of them begin, and which are no targets
 */
export function completionTree(
  { root, question }: Pick<Prompt, 'root' | 'question'>,
  completions: readonly (readonly number[])[],
  prefix: readonly number[] = [],
): TokenTree {
  const ends = completions.map((ids): TokenNode => ({ ids, lossMask: ids.map(() => 1) }));
  const children = prefix.length === 0 ? ends : [{ ids: prefix, children: ends }];
  return { root, children: [{ ids: question, children }] };
}
