/**
 * Packs prompts and completions into one sequence for one forward pass: a clip's media and system text are a root
 * node, each question about it a child, each completion a child of its question. Media and prompt are computed once,
 * however many questions and completions share them, and no token is padding.
 */
import {
  layOut,
  Modality,
  type PackedAudio,
  type PackedVision,
  type PositionsConfig,
  type Segment,
} from '../models/index.js';
import { allRequired, checkOption, checkOptions, kinds, oneOf, required } from '../tensor/index.js';

/**
 * What the questions of one clip share, in one view: text, markers and media. The view without a track is a prefix
 * without that track's segments, so its positions are those of a clip that never had the track.
 */
export interface Prefix {
  segments: readonly Segment[];
  /** Ids of the text tokens and markers, in the order of the segments; media tokens have none. */
  textIds: readonly number[];
  /** Inputs of the towers for the segments' media. */
  vision?: Pick<PackedVision, 'patches' | 'grids'>;
  audio?: Pick<PackedAudio, 'mel' | 'frames'>;
}

/** One question and what was answered. Items with the same `prefix` object share its node. */
export interface PackItem {
  prefix: Prefix;
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
  /** The prefixes of the root nodes, in the order in which their media fill the media rows. */
  prefixes: Prefix[];
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
interface Run {
  ids: readonly number[];
  time: readonly number[];
  height: readonly number[];
  width: readonly number[];
  modality: readonly number[];
}

const itemKinds = {
  prefix: required(kinds.object),
  question: required(kinds.list),
  completions: required(kinds.list),
};
const prefixKinds = {
  segments: required(kinds.list),
  textIds: required(kinds.list),
  vision: kinds.object,
  audio: kinds.object,
};
const positionKinds = allRequired({
  rule: oneOf('chunked', 'merged'),
  idsPerSecond: kinds.positive,
  idsPerAudioToken: kinds.countFrom1,
  chunkSeconds: kinds.positive,
});

/** @throws TypeError and RangeError for items and positions that are not as their types say */
export function pack(items: readonly PackItem[], config: PositionsConfig): PackedBatch {
  checkOption('pack', 'items', items, required(kinds.list));
  checkOptions('pack: positions', config, positionKinds);
  for (const [i, item] of items.entries()) {
    // Items may be more than that, such as prompts with their text.
    for (const name of ['prefix', 'question', 'completions'] as const)
      checkOption('pack', `items[${i}].${name}`, item[name], itemKinds[name]);
    checkOptions(`pack: items[${i}].prefix`, item.prefix, prefixKinds);
  }
  const sequence = new Sequence();
  const byPrefix = new Map<Prefix, PackItem[]>();
  for (const item of items) {
    if (item.question.length === 0) throw new RangeError('a packed question needs at least one token');
    byPrefix.set(item.prefix, [...(byPrefix.get(item.prefix) ?? []), item]);
  }
  const packed = new Map<PackItem, { rows: number[][]; end: QuestionEnd }>();
  for (const [prefix, questions] of byPrefix) {
    const root = sequence.append(-1, prefixRun(prefix, config));
    for (const item of questions) packed.set(item, packQuestion(sequence, root, item, config));
  }
  const inOrder = items.flatMap((item) => packed.get(item) ?? []);
  const rows = inOrder.flatMap((item) => item.rows);
  const cuSeqlens = [0];
  for (const { length } of rows) cuSeqlens.push(cuSeqlens[cuSeqlens.length - 1] + length);
  const { ids, modality, time, height, width, nodes } = sequence;
  return {
    prefixes: [...byPrefix.keys()],
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
  item: PackItem,
  config: PositionsConfig,
): { rows: number[][]; end: QuestionEnd } {
  const { run: question, next } = questionRun(item, config);
  const last = sequence.length + item.question.length - 1;
  // The last token of a completion predicts nothing and is left out.
  const inputs = item.completions.map((completion) => textRun(completion.slice(0, -1), next));
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

function prefixRun({ segments, textIds }: Prefix, config: PositionsConfig): Run {
  const layout = layOut(segments, config);
  const text = layout.modality.filter((modality) => modality === Modality.text).length;
  if (text !== textIds.length) {
    throw new RangeError(
      `a prefix has ${textIds.length} text ids, its segments ${text} text tokens and markers`,
    );
  }
  let used = 0;
  const ids = layout.modality.map((modality) => (modality === Modality.text ? textIds[used++] : 0));
  return { ...layout, ids };
}

/** The question's tokens where they stand in the whole prompt, and the position of what follows it. */
function questionRun({ prefix, question }: PackItem, config: PositionsConfig): { run: Run; next: number } {
  const layout = layOut([...prefix.segments, { kind: 'text', length: question.length }], config);
  const tail = (values: number[]) => values.slice(-question.length);
  const { time, height, width, modality } = layout;
  const run = {
    ids: question,
    time: tail(time),
    height: tail(height),
    width: tail(width),
    modality: tail(modality),
  };
  return { run, next: layout.next };
}

function textRun(ids: readonly number[], start: number): Run {
  const line = ids.map((_, t) => start + t);
  return { ids, time: line, height: line, width: line, modality: ids.map(() => Modality.text) };
}

function concat(a: Run, b: Run): Run {
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

  /** Appends a run as a node below `parent` (-1: a root). @returns the node's index */
  append(parent: number, run: Run): number {
    const start = this.length;
    for (const key of ['ids', 'time', 'height', 'width', 'modality'] as const) {
      for (const value of run[key]) this[key].push(value);
    }
    const range: [number, number] = [start, this.length];
    return this.nodes.push({ q: range, k: range, parent, causal: true }) - 1;
  }
}
