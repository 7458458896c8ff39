/**
 * Trees of tokens as one packed sequence for one forward pass: a row a token, a node table that lets every node see
 * itself causally and all of its ancestors, and the rows that predict the targets. No token is padding.
 */
import { maxNodeLevels } from '../kernels/index.js';
import { allRequired, checkOption, checkOptions, kinds, listOf, required } from '../tensor/index.js';
import { type LayOut, type LayoutEnd, Modality, shownLayout, type TokenLayout } from './layout.js';
import type { PromptRoot } from './prompt.js';
import { groupsOf, type TokenNode, type TokenTree } from './tree.js';

/** A row of the node table: tokens [start, end) see themselves causally, and all of their ancestors. */
export interface PackedNode {
  q: [start: number, end: number];
  k: [start: number, end: number];
  parent: number;
  causal: true;
  /** Of the tree, where it has one. */
  gate?: number;
}

/** T tokens in all, N target tokens, S sequences. */
export interface PackedBatch {
  /** Of the trees, each once for every gate, in the order in which their media fill the media rows. */
  roots: PromptRoot[];
  /** [T]; 0 at media tokens. */
  ids: number[];
  /** [T], values of `Modality`. */
  modality: number[];
  /** [T] each. */
  positions: { time: number[]; height: number[]; width: number[] };
  nodes: PackedNode[];
  /** [N]: the row whose hidden state predicts target n. The last row of a node serves all its children. */
  rows: number[];
  /** [N]: the ids of the sequences' targets end to end. */
  targets: number[];
  /** [S]: the nodes with a loss mask, depth first, in the order of the trees. */
  sequences: TokenNode[];
  /** [S + 1]: sequence s owns targets cuSeqlens[s] to cuSeqlens[s + 1]. */
  cuSeqlens: number[];
  /**
   * Where nodes end. Not leaves with a loss mask: their last token predicts nothing and has no row. Not nodes in which a lone
   * child follows: what hangs on their table node would see it.
   */
  ends: Map<TokenNode, NodeEnd>;
}

/** From where generated text goes on. */
export interface NodeEnd {
  /** Index in `nodes` of what holds the tokens. */
  node: number;
  /** Row of the last token: its hidden state predicts the next one. */
  row: number;
  /** Position of the next token. */
  next: number;
}

const treeKinds = { ...allRequired({ root: kinds.object, children: kinds.list }), gate: kinds.count };
const rootKinds = {
  spans: required(kinds.list),
  textIds: required(kinds.list),
  vision: kinds.object,
  audio: kinds.object,
  shown: kinds.object,
};
const nodeKinds = { ids: required(kinds.list), lossMask: listOf(kinds.count), children: kinds.list };

/**
 * Trees with the same root and gate are packed one after the other below it. A lone child has no node of its own: its tokens follow
 * in its parent's.
 * @param options.apart lone children have nodes of their own: how a tree is packed does not depend on the others
 * @throws TypeError and RangeError for trees that are not as their types say, or deeper than the node table allows
 */
export function flattenTrees(
  trees: readonly TokenTree[],
  layOut: LayOut,
  { apart = false }: { apart?: boolean } = {},
): PackedBatch {
  checkOption('flattenTrees', 'trees', trees, required(kinds.list));
  checkOption('flattenTrees', 'layOut', layOut, required(kinds.function));
  for (const [i, tree] of trees.entries()) {
    checkOptions(`flattenTrees: trees[${i}]`, tree, treeKinds);
    checkOptions(`flattenTrees: trees[${i}].root`, tree.root, rootKinds);
  }
  const groups = groupsOf(trees);
  const sequence = new PackedSequence(layOut, apart);
  const sequences: Sequence[][] = trees.map(() => []);
  for (const { root, gate, members } of groups) {
    const questions = members.reduce((sum, i) => sum + trees[i].children.length, 0);
    const place = sequence.appendRoot(root, gate, questions === 1);
    for (const i of members) {
      for (const [c, child] of trees[i].children.entries())
        sequence.appendNode(child, place, true, `trees[${i}].children[${c}]`, sequences[i]);
    }
  }
  const all = sequences.flat();
  const cuSeqlens = [0];
  for (const { targets } of all) cuSeqlens.push(cuSeqlens[cuSeqlens.length - 1] + targets.length);
  const { ids, modality, time, height, width, nodes, ends } = sequence;
  return {
    roots: groups.map(({ root }) => root),
    ids,
    modality,
    positions: { time, height, width },
    nodes,
    rows: all.flatMap(({ rows }) => rows),
    targets: all.flatMap(({ targets }) => targets),
    sequences: all.map(({ node }) => node),
    cuSeqlens,
    ends,
  };
}

/** A node with a loss mask: its targets and the rows that predict them. */
interface Sequence {
  node: TokenNode;
  rows: number[];
  targets: number[];
}

/** What a child hangs on. */
interface Place {
  /** Of the node table; -1: there is none yet. */
  index: number;
  gate: number | undefined;
  level: number;
  /** Of the last token; -1: there is none yet. */
  row: number;
  end: LayoutEnd;
  /** Whether the child is alone, so that its tokens can follow in the same node of the table. */
  only: boolean;
}

/** The growing packed sequence. */
class PackedSequence {
  readonly ids: number[] = [];
  readonly time: number[] = [];
  readonly height: number[] = [];
  readonly width: number[] = [];
  readonly modality: number[] = [];
  readonly nodes: PackedNode[] = [];
  readonly ends = new Map<TokenNode, NodeEnd>();
  private readonly layOut: LayOut;
  /** Of roots, which may show different parts of the same spans. */
  private readonly layouts = new Map<PromptRoot['spans'], TokenLayout>();
  private readonly seen = new Set<TokenNode>();

  private readonly apart: boolean;

  constructor(layOut: LayOut, apart: boolean) {
    this.layOut = layOut;
    this.apart = apart;
  }

  /** @param only whether one question alone is asked */
  appendRoot({ spans, textIds, shown }: PromptRoot, gate: number | undefined, only: boolean): Place {
    const whole = this.layouts.get(spans) ?? this.layOut(spans);
    this.layouts.set(spans, whole);
    const layout = shown === undefined ? whole : shownLayout(whole, shown);
    const text = layout.modality.filter((modality) => modality === Modality.text).length;
    if (text !== textIds.length) {
      throw new RangeError(
        `a root has ${textIds.length} text ids, its spans ${text} text tokens and markers`,
      );
    }
    let used = 0;
    const ids = layout.modality.map((modality) => (modality === Modality.text ? textIds[used++] : 0));
    const nowhere: Place = { index: -1, gate, level: 0, row: -1, end: { free: 0, next: 0 }, only: false };
    return this.append(ids, layout, nowhere, only, 'a root');
  }

  /**
   * Appends a node and what is below it.
   * @param isPrompt its text belongs to the prompt, and stands where the prompt's text goes on
   * @param name of the node in errors
   */
  appendNode(node: TokenNode, above: Place, isPrompt: boolean, name: string, sequences: Sequence[]): void {
    this.check(node, name);
    const { ids, lossMask, children = [] } = node;
    const { free, next } = above.end;
    const endsHere = lossMask !== undefined && children.length === 0;
    const input = endsHere ? ids.slice(0, -1) : ids;
    const layout = this.layOut(
      [{ kind: 'text', length: input.length }],
      isPrompt ? { free, next } : { free: next, next },
    );
    const first = this.ids.length;
    const place = this.append(input, layout, above, children.length === 1, name);
    if (lossMask !== undefined) {
      const targets = [...ids.keys()].filter((t) => lossMask[t] === 1);
      const rows = targets.map((t) => (t === 0 ? above.row : first + t - 1));
      if (rows[0] === -1) throw new RangeError(`flattenTrees: ${name}: no token precedes its first target`);
      sequences.push({ node, rows, targets: targets.map((t) => ids[t]) });
    }
    for (const [c, child] of children.entries())
      this.appendNode(child, place, false, `${name}.children[${c}]`, sequences);
    const { index, row, end } = place;
    const isLast = index < 0 || this.nodes[index].q[1] === row + 1;
    if (!endsHere && isLast) this.ends.set(node, { node: index, row, next: end.next });
  }

  /** @param only whether one child alone comes below */
  private append(
    ids: readonly number[],
    { end, ...layout }: TokenLayout,
    above: Place,
    only: boolean,
    name: string,
  ): Place {
    // Nothing to see and nothing to see it with: children hang on what is above.
    if (ids.length === 0) return { ...above, end, only: above.only && only };
    const start = this.ids.length;
    for (const id of ids) this.ids.push(id);
    for (const key of ['time', 'height', 'width', 'modality'] as const) {
      for (const value of layout[key]) this[key].push(value);
    }
    const row = this.ids.length - 1;
    if (!this.apart && above.only && above.index >= 0) {
      // q and k are one range.
      this.nodes[above.index].q[1] = row + 1;
      this.nodes[above.index].k[1] = row + 1;
      return { ...above, row, end, only };
    }
    const { gate } = above;
    const level = above.level + 1;
    if (level > maxNodeLevels) {
      throw new RangeError(
        `flattenTrees: ${name}: expected at most ${maxNodeLevels} levels of nodes (the root is level 1, a lone child is on ` +
          `its parent's), got level ${level}`,
      );
    }
    const index = this.nodes.length;
    const node: PackedNode = { q: [start, row + 1], k: [start, row + 1], parent: above.index, causal: true };
    this.nodes.push(gate === undefined ? node : { ...node, gate });
    return { index, gate, level, row, end, only };
  }

  private check(node: TokenNode, name: string): void {
    checkOptions(`flattenTrees: ${name}`, node, nodeKinds);
    const { ids, lossMask } = node;
    if (lossMask !== undefined && (lossMask.length !== ids.length || lossMask.some((one) => one > 1))) {
      throw new RangeError(
        `flattenTrees: ${name}.lossMask: expected ${ids.length} values, 0 or 1, one a token, got [${lossMask.join(', ')}]`,
      );
    }
    if (this.seen.has(node))
      throw new RangeError(
        `flattenTrees: ${name}: the same object stands in the trees twice; make a node for each place`,
      );
    this.seen.add(node);
  }
}
