/**
 * Packs prompts and completions into one sequence for one forward pass: a clip's media and system text are a root
 * node, each question about it a child, each completion a child of its question. Media and prompt are computed once,
 * however many questions and completions share them, and no token is padding.
 */
import { checkOption, checkOptions, kinds, required } from '../tensor/index.js';
import { type LayOut, type LayoutEnd, Modality } from './layout.js';
import type { PromptRoot } from './prompt.js';

/** One question and what was answered. Items with the same `root` object share its node. */
export interface PackItem {
  root: PromptRoot;
  /** Ids of the question's text, up to and including the header of the answer; at least one. */
  question: readonly number[];
  /** Ids of the completions, end token included. */
  completions: readonly (readonly number[])[];
}

/** A row of the node table: tokens [start, end) see themselves causally, and all of their ancestors. */
export interface PackedNode {
  q: [start: number, end: number];
  k: [start: number, end: number];
  parent: number;
  causal: true;
}

/** T tokens in all, N target tokens, C completions. */
export interface PackedBatch {
  /** Of the root nodes, in the order in which their media fill the media rows. */
  roots: PromptRoot[];
  /** [T]; 0 at media tokens. */
  ids: number[];
  /** [T], values of `Modality`. */
  modality: number[];
  /** [T] each. */
  positions: { time: number[]; height: number[]; width: number[] };
  nodes: PackedNode[];
  /** [N]: the row whose hidden state predicts target n. The last row of a question serves all its completions. */
  rows: number[];
  /** [N]: completions end to end, in the order of the items. */
  targets: number[];
  /** [C + 1]: completion c owns targets cuSeqlens[c] to cuSeqlens[c + 1]. */
  cuSeqlens: number[];
  /** For each item: where its question ends, so that a sampler can go on from there. */
  ends: QuestionEnd[];
}

export interface QuestionEnd {
  /** The node that holds the question. */
  node: number;
  /** Row of the question's last token: its hidden state predicts the first token of every completion. */
  row: number;
  /** Position of the first token of a completion. */
  next: number;
}

/** The tokens of one node. */
interface TokenSpan {
  ids: readonly number[];
  time: readonly number[];
  height: readonly number[];
  width: readonly number[];
  modality: readonly number[];
}

const itemKinds = {
  root: required(kinds.object),
  question: required(kinds.list),
  completions: required(kinds.list),
};
const rootKinds = {
  spans: required(kinds.list),
  textIds: required(kinds.list),
  vision: kinds.object,
  audio: kinds.object,
};

/** @throws TypeError and RangeError for items that are not as their type says */
export function pack(items: readonly PackItem[], layOut: LayOut): PackedBatch {
  checkOption('pack', 'items', items, required(kinds.list));
  checkOption('pack', 'layOut', layOut, required(kinds.function));
  for (const [i, item] of items.entries()) {
    // Items may be more than that, such as prompts with their text.
    for (const name of ['root', 'question', 'completions'] as const)
      checkOption('pack', `items[${i}].${name}`, item[name], itemKinds[name]);
    checkOptions(`pack: items[${i}].root`, item.root, rootKinds);
  }
  const sequence = new Sequence();
  const byRoot = new Map<PromptRoot, PackItem[]>();
  for (const item of items) {
    if (item.question.length === 0) throw new RangeError('a packed question needs at least one token');
    byRoot.set(item.root, [...(byRoot.get(item.root) ?? []), item]);
  }
  const packed = new Map<PackItem, { rows: number[][]; end: QuestionEnd }>();
  for (const [root, questions] of byRoot) {
    const { span, end } = rootSpan(root, layOut);
    const node = sequence.append(-1, span);
    for (const item of questions) packed.set(item, packQuestion(sequence, node, end, item, layOut));
  }
  const inOrder = items.flatMap((item) => packed.get(item) ?? []);
  const rows = inOrder.flatMap((item) => item.rows);
  const cuSeqlens = [0];
  for (const { length } of rows) cuSeqlens.push(cuSeqlens[cuSeqlens.length - 1] + length);
  const { ids, modality, time, height, width, nodes } = sequence;
  return {
    roots: [...byRoot.keys()],
    ids,
    modality,
    positions: { time, height, width },
    nodes,
    rows: rows.flat(),
    targets: items.flatMap((item) => item.completions.flat()),
    cuSeqlens,
    ends: inOrder.map((item) => item.end),
  };
}

/** Appends a question and its completions. @returns for each completion, the rows that predict its tokens */
function packQuestion(
  sequence: Sequence,
  root: number,
  from: LayoutEnd,
  item: PackItem,
  layOut: LayOut,
): { rows: number[][]; end: QuestionEnd } {
  const { end, ...layout } = layOut([{ kind: 'text', length: item.question.length }], from);
  const question: TokenSpan = { ...layout, ids: item.question };
  const { next } = end;
  const last = sequence.length + item.question.length - 1;
  // The last token of a completion predicts nothing and is left out.
  const inputs = item.completions.map((completion) => textSpan(completion.slice(0, -1), next));
  const rows = (completion: readonly number[], first: number) =>
    completion.map((_, t) => (t === 0 ? last : first + t - 1));
  if (inputs.length === 1) {
    // A single completion simply continues its question: one node instead of two.
    const node = sequence.append(root, concat(question, inputs[0]));
    return { rows: [rows(item.completions[0], last + 1)], end: { node, row: last, next } };
  }
  const node = sequence.append(root, question);
  const completionRows = item.completions.map((completion, i) => {
    const first = sequence.length;
    if (inputs[i].ids.length > 0) sequence.append(node, inputs[i]);
    return rows(completion, first);
  });
  return { rows: completionRows, end: { node, row: last, next } };
}

function rootSpan({ spans, textIds }: PromptRoot, layOut: LayOut): { span: TokenSpan; end: LayoutEnd } {
  const { end, ...layout } = layOut(spans);
  const text = layout.modality.filter((modality) => modality === Modality.text).length;
  if (text !== textIds.length) {
    throw new RangeError(`a root has ${textIds.length} text ids, its spans ${text} text tokens and markers`);
  }
  let used = 0;
  const ids = layout.modality.map((modality) => (modality === Modality.text ? textIds[used++] : 0));
  return { span: { ...layout, ids }, end };
}

function textSpan(ids: readonly number[], start: number): TokenSpan {
  const line = ids.map((_, t) => start + t);
  return { ids, time: line, height: line, width: line, modality: ids.map(() => Modality.text) };
}

function concat(a: TokenSpan, b: TokenSpan): TokenSpan {
  return {
    ids: [...a.ids, ...b.ids],
    time: [...a.time, ...b.time],
    height: [...a.height, ...b.height],
    width: [...a.width, ...b.width],
    modality: [...a.modality, ...b.modality],
  };
}

/** The growing packed sequence. */
class Sequence {
  readonly ids: number[] = [];
  readonly time: number[] = [];
  readonly height: number[] = [];
  readonly width: number[] = [];
  readonly modality: number[] = [];
  readonly nodes: PackedNode[] = [];

  get length(): number {
    return this.ids.length;
  }

  /** Appends tokens as a node below `parent` (-1: a root). @returns the node's index */
  append(parent: number, span: TokenSpan): number {
    const start = this.length;
    for (const key of ['ids', 'time', 'height', 'width', 'modality'] as const) {
      for (const value of span[key]) this[key].push(value);
    }
    const range: [number, number] = [start, this.length];
    return this.nodes.push({ q: range, k: range, parent, causal: true }) - 1;
  }
}
