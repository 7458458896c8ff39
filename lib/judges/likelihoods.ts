/** Mean log-likelihoods of texts after prompts, without gradients and without logits: one packed pass for all of them. */
import {
  flattenTrees,
  mediaTokens,
  type PromptRoot,
  packTensors,
  type TokenNode,
  type TokenTree,
} from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import type { ModelGraph } from '../models/index.js';
import { EncodedMedia } from '../rollout/index.js';
import { noGrad, scope } from '../tensor/index.js';

/** Tokens beyond which a pass is divided, so that its memory has a bound whatever a step asks. */
const passTokens = 65_536;

export interface AskedPrompt {
  root: PromptRoot;
  question: readonly number[];
}

/** A question over a root, and the texts that are scored after it, by their ids. */
interface AskedQuestion {
  tree: TokenTree;
  /** Below the question in the tree. */
  nodes: TokenNode[];
  byIds: Map<string, TokenNode>;
}

/** Texts to be scored. What prompts have in common is computed once: roots by identity, questions and texts by their ids. */
export class AskedTexts {
  private readonly questions = new Map<PromptRoot, Map<string, AskedQuestion>>();

  /**
   * @param opening what the answer begins with; not scored
   * @returns the key of the text in the result of `meanLogprobs`
   */
  ask({ root, question }: AskedPrompt, opening: readonly number[], text: readonly number[]): TokenNode {
    const { nodes, byIds } = this.questionOf(root, question);
    const key = `${opening.join()} ${text.join()}`;
    const known = byIds.get(key);
    if (known !== undefined) return known;
    const node: TokenNode = {
      ids: [...opening, ...text],
      lossMask: [...opening.map(() => 0), ...text.map(() => 1)],
    };
    nodes.push(node);
    byIds.set(key, node);
    return node;
  }

  get trees(): TokenTree[] {
    return [...this.questions.values()].flatMap((ofRoot) => [...ofRoot.values()].map(({ tree }) => tree));
  }

  private questionOf(root: PromptRoot, ids: readonly number[]): AskedQuestion {
    const ofRoot = this.questions.get(root) ?? new Map<string, AskedQuestion>();
    this.questions.set(root, ofRoot);
    const known = ofRoot.get(ids.join());
    if (known !== undefined) return known;
    const nodes: TokenNode[] = [];
    const tree = { root, children: [{ ids, children: nodes }] };
    const question = { tree, nodes, byIds: new Map<string, TokenNode>() };
    ofRoot.set(ids.join(), question);
    return question;
  }
}

/**
 * The mean over the targets of each node that has some.
 * @param gates the byte of visible modalities of each pass; a result for each
 */
export function meanLogprobs(
  graph: ModelGraph,
  trees: readonly TokenTree[],
  gates: readonly number[] = [0xff],
): Map<TokenNode, number>[] {
  return scope(() =>
    noGrad(() => {
      const media = new EncodedMedia(graph);
      media.encode(trees);
      const means = gates.map(() => new Map<TokenNode, number>());
      for (const some of passes(trees)) {
        const { nodes, ...batch } = flattenTrees(some, graph.layOut);
        for (const [g, gate] of gates.entries()) {
          const gated = { ...batch, nodes: nodes.map((node) => ({ ...node, gate })) };
          const logp = logprobs(graph, gated, media);
          for (const [s, node] of batch.sequences.entries()) {
            const [from, to] = batch.cuSeqlens.slice(s, s + 2);
            means[g].set(node, logp.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from));
          }
        }
      }
      return means;
    }),
  );
}

function logprobs(
  graph: ModelGraph,
  batch: ReturnType<typeof flattenTrees>,
  { tokens }: EncodedMedia,
): number[] {
  return scope(() => {
    const { packed, targets } = packTensors(batch, graph.headWeight.device, tokens);
    const hidden = graph.forward(packed);
    const { logp } = linearLogprob(hidden, graph.headWeight, targets.targets, { rows: targets.rows });
    return logp.toArray() as number[];
  });
}

/** Trees in order, those of a pass together within the bound; a tree alone may be larger. */
function passes(trees: readonly TokenTree[]): TokenTree[][] {
  const all: TokenTree[][] = [];
  let room = 0;
  for (const tree of trees) {
    const { vision, audio } = mediaTokens(tree.root.spans);
    const tokens = tree.root.textIds.length + vision + audio + tokensBelow(tree.children);
    if (all.length === 0 || tokens > room) {
      all.push([]);
      room = passTokens;
    }
    all[all.length - 1].push(tree);
    room -= tokens;
  }
  return all;
}

function tokensBelow(nodes: readonly TokenNode[]): number {
  return nodes.reduce((sum, { ids, children = [] }) => sum + ids.length + tokensBelow(children), 0);
}
