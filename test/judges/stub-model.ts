// A model whose likelihoods are worked out by hand. A clip has four seconds: 8 groups of frames of one token each, 8 tokens of
// sound. What a token shows is a word; an answer of these words is likely where they are shown,
//
//     logit of a word = 4 per token that shows it, 0 otherwise,
//
// so that with c tokens that show it, and others that show nothing, a word has l = 4c - log(e^4c + V - 1).

import type { EncodedTrack, Packed, PromptRoot } from '../../lib/batch/index.js';
import type { Sample } from '../../lib/data/index.js';
import type { OmniModel } from '../../lib/omni/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';

export const words = ['start', 'nothing', 'red', 'blue', 'bell', 'A', 'B', '<other>'];
const vocab = words.length;

/** l of a word that `shown` tokens show, beside tokens that show `others` other words, by their counts. */
export function logprob(shown: number, others: readonly number[] = []): number {
  const rest = vocab - 1 - others.length;
  const sum = Math.exp(4 * shown) + others.reduce((total, count) => total + Math.exp(4 * count), rest);
  return 4 * shown - Math.log(sum);
}

export interface StubClip {
  /** Words by half second; missing: nothing. */
  seen?: Record<number, string>;
  heard?: Record<number, string>;
}

const seconds = 4;
const slots = 8;

const text = { kind: 'text', length: 1 } as const;
const picture = { rows: 1, columns: 1, times: Array.from({ length: slots }, (_, i) => i / 2) };

export function stubModel(clips: Record<string, StubClip>) {
  /** Tracks that passed a tower, passes of the decoder, and texts that were asked. */
  const counts = { vision: 0, audio: 0, passes: 0, questions: new Set<string>() };
  const idOf = (word: string) => Math.max(words.indexOf(word), words.includes(word) ? 0 : vocab - 1);
  const idsOf = (track: Record<number, string> = {}) =>
    Array.from({ length: slots }, (_, i) => idOf(track[i] ?? 'nothing'));
  const graph = {
    vocabSize: vocab,
    modelType: 'stub',
    config: {},
    headWeight: torch.eye(vocab),
    adapter: null,
    layOut: (spans: PromptRoot['spans'], from = { free: 0, next: 0 }) => {
      const modality = spans.flatMap((span) => {
        if (span.kind === 'text') return Array<number>(span.length).fill(0);
        if (span.kind !== 'clip') throw new Error(span.kind);
        const pairs = Array.from({ length: slots }, () => [2, 1]).flat();
        return [0, 0, ...pairs, 0, 0];
      });
      const line = modality.map((_, i) => from.next + i);
      const next = from.next + line.length;
      return { time: line, height: line, width: line, modality, end: { free: next, next } };
    },
    encodeMedia({
      vision,
      audio,
    }: {
      vision?: { patches: Tensor; grids: unknown[] };
      audio?: { mel: Tensor; frames: unknown[] };
    }) {
      counts.vision += vision?.grids.length ?? 0;
      counts.audio += audio?.frames.length ?? 0;
      return { vision: vision?.patches, audio: audio?.mel.reshape([-1, 1]) };
    },
    /** Row by row: a word's logit is 4 for each token of media with that word above the row. */
    forward(packed: Packed) {
      counts.passes += 1;
      const shown = Array.from({ length: packed.modality.numel() }, (): number | null => null);
      for (const track of [packed.vision, packed.audio]) {
        if (track === undefined) continue;
        const all = (track as EncodedTrack).encoded.reshape([-1]).toArray() as number[];
        const rows = track.rows.toArray() as number[];
        const tokens = (track.tokens?.toArray() as number[]) ?? rows.map((_, i) => i);
        for (const [i, row] of rows.entries()) shown[row] = all[tokens[i]];
      }
      const modality = packed.modality.toArray() as number[];
      const table = packed.nodes.tensor.narrow(1, 0, 5).toArray() as number[][];
      const gates = packed.nodes.tensor.select(1, 7).bitwiseAnd(0xff).toArray() as number[];
      const hidden = shown.map(() => Array<number>(vocab).fill(0));
      for (const [n, [q0, q1, , , parent]] of table.entries()) {
        for (let row = q0; row < q1; row += 1) {
          const own = range(q0, row + 1);
          const above = ancestors(table, parent).flatMap(([from, to]) => range(from, to));
          for (const seen of [...own, ...above]) {
            const word = shown[seen];
            const isVisible = (gates[n] >> modality[seen]) & 1;
            if (word !== null && word > 1 && isVisible) hidden[row][word] += 4;
          }
        }
      }
      return torch.tensor(hidden);
    },
    clone: () => graph,
    requiresGrad_: () => graph,
    eval: () => graph,
    dispose() {},
  };
  const processor = {
    async features({ video }: Sample) {
      if (!(video !== undefined && video in clips)) throw new Error(`${video}: no such file`);
      return { duration: seconds, video: { name: video }, audio: { frames: seconds * 100 } };
    },
    tracks: (clip: { video: { name: string } }) => {
      const { seen, heard } = clips[clip.video.name];
      return {
        vision: { patches: torch.tensor(idsOf(seen)).reshape([slots, 1]), grids: [[slots, 1, 1]] },
        audio: { mel: torch.tensor(idsOf(heard)).reshape([1, slots]), frames: [400] },
        has: { pictures: true, sound: true },
      };
    },
    root: ({ vision, audio }: { vision: object; audio: object }, view: string) =>
      view === 'none'
        ? { spans: [text], textIds: [0] }
        : {
            spans: [text, { kind: 'clip', tokens: slots, ...picture }],
            textIds: [0, 0, 0, 0, 0],
            vision,
            audio,
          },
    question: ({ question, instruction = '' }: { question: string; instruction?: string }) => {
      counts.questions.add(`${question}${instruction}`);
      return [0];
    },
    answer: (answer: string) => (answer === '' ? [] : answer.split(' ').map(idOf)),
  };
  return { model: { graph, processor, media: {} } as unknown as OmniModel, counts };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function ancestors(table: readonly number[][], parent: number): [number, number][] {
  if (parent < 0) return [];
  const [q0, q1, , , above] = table[parent];
  return [[q0, q1], ...ancestors(table, above)];
}
