/** Mean log-likelihoods of texts after prompts, without gradients and without logits, in packed passes. */
import {
  flattenTrees,
  inPasses,
  type PackedBatch,
  type PromptRoot,
  packedTokens,
  packTensors,
  type TokenNode,
  type TokenTree,
} from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import { type ModelGraph, targetStates } from '../models/index.js';
import type { EncodedMedia } from '../rollout/index.js';
import { noGrad, scope } from '../tensor/index.js';

/** Tokens beyond which a pass is divided, so that its memory has a bound whatever a step asks. On a CPU caches hold a pass. */
const passTokens = { cpu: 3072, other: 65_536 };

type Ids = readonly number[];

export interface AskedPrompt {
  root: PromptRoot;
  question: Ids;
}

/** What is below one place of a tree, by its ids: texts to be scored apart, which may have the ids of another node. */
interface Branch {
  /** In the tree. */
  nodes: TokenNode[];
  scored: Map<Ids, Grown>;
  read: Map<Ids, Grown>;
}

interface Grown {
  node: TokenNode;
  below: Branch;
}

/**
 * Texts to be scored. What prompts have in common is computed once: roots, the ids of questions, of what answers begin with
 * and of texts are the same where they are the same objects.
 */
export class AskedTexts {
  readonly trees: TokenTree[] = [];
  private readonly branches = new Map<PromptRoot, Branch>();

  /**
   * @param opening what the answer begins with; not scored
   * @returns the key of the text in the result of `meanLogprobs`
   */
  ask({ root, question }: AskedPrompt, opening: Ids, text: Ids): TokenNode {
    const asked = grown(this.branchOf(root), question, 'read').below;
    const opened = opening.length === 0 ? asked : grown(asked, opening, 'read').below;
    return grown(opened, text, 'scored').node;
  }

  private branchOf(root: PromptRoot): Branch {
    const known = this.branches.get(root);
    if (known !== undefined) return known;
    const branch = emptyBranch();
    this.branches.set(root, branch);
    this.trees.push({ root, children: branch.nodes });
    return branch;
  }
}

function emptyBranch(): Branch {
  return { nodes: [], scored: new Map(), read: new Map() };
}

/** What has the ids below the branch, which is made where it is not there. */
function grown(branch: Branch, ids: Ids, kind: 'scored' | 'read'): Grown {
  const known = branch[kind].get(ids);
  if (known !== undefined) return known;
  const below = emptyBranch();
  const node: TokenNode =
    kind === 'scored' ? { ids, lossMask: ids.map(() => 1) } : { ids, children: below.nodes };
  const made = { node, below };
  branch.nodes.push(node);
  branch[kind].set(ids, made);
  return made;
}

/**
 * The mean over the targets of each node that has some.
 * @param media encodes tracks that it has not seen
 * @param gates the byte of visible modalities of each pass; a result for each
 */
export function meanLogprobs(
  graph: ModelGraph,
  trees: readonly TokenTree[],
  media: EncodedMedia,
  gates: readonly number[] = [0xff],
): Map<TokenNode, number>[] {
  media.encode(trees);
  const means = gates.map(() => new Map<TokenNode, number>());
  const { device } = graph.headWeight;
  const most = passTokens[device === 'cpu' ? 'cpu' : 'other'];
  for (const some of inPasses(trees, (tree) => packedTokens([tree]), most)) {
    const { nodes, ...batch } = flattenTrees(some, graph.layOut);
    for (const [g, gate] of gates.entries()) {
      const gated = { ...batch, nodes: nodes.map((node) => ({ ...node, gate })) };
      const logp = logprobs(graph, gated, media);
      for (const [s, node] of batch.sequences.entries()) {
        const [from, to] = [batch.cuSeqlens[s], batch.cuSeqlens[s + 1]];
        let sum = 0;
        for (let t = from; t < to; t += 1) sum += logp[t];
        means[g].set(node, sum / (to - from));
      }
    }
  }
  return means;
}

function logprobs(graph: ModelGraph, batch: PackedBatch, { tokens }: EncodedMedia): number[] {
  return scope(() =>
    noGrad(() => {
      const { packed, targets } = packTensors(batch, graph.headWeight.device, tokens);
      const { hidden, rows } = targetStates(graph, packed, targets);
      const { logp } = linearLogprob(hidden, graph.headWeight, targets.targets, { rows });
      return logp.toArray() as number[];
    }),
  );
}
