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
  /** Trees with the same `root` object and the same gate have its node in common. */
  root: PromptRoot;
  children: readonly TokenNode[];
  /** The byte of modalities that its tokens see, bit m for modality m, see `gateWithout`. Left out: all. */
  gate?: number;
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

/** Trees that have a root in common, by their numbers. */
interface TreeGroup {
  root: PromptRoot;
  gate: number | undefined;
  members: number[];
}

export function groupsOf(trees: readonly TokenTree[]): TreeGroup[] {
  const groups: TreeGroup[] = [];
  const known = new Map<PromptRoot, TreeGroup[]>();
  for (const [i, { root, gate }] of trees.entries()) {
    const ofRoot = known.get(root) ?? [];
    known.set(root, ofRoot);
    const same = ofRoot.find((group) => group.gate === gate);
    if (same !== undefined) {
      same.members.push(i);
      continue;
    }
    const group = { root, gate, members: [i] };
    ofRoot.push(group);
    groups.push(group);
  }
  return groups;
}
