/** Tracks that several roots show, and tracks that passed their towers before. */
import {
  type AudioInput,
  flattenTrees,
  type PromptRoot,
  packTensors,
  type TokenTree,
  type VisionInput,
} from '../../lib/batch/index.js';
import { EncodedMedia } from '../../lib/rollout/index.js';
import { noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { tinyGraph } from '../models/tiny.js';

const graph = tinyGraph();

function clip(seed: number): { vision: VisionInput; audio: AudioInput } {
  const wave = (count: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i) / 2);
  return {
    vision: { patches: torch.tensor(wave(16 * 96)).reshape([16, 96]), grids: [[1, 4, 4]] },
    audio: { mel: torch.tensor(wave(8 * 20)).reshape([8, 20]), frames: [20] },
  };
}

/** Both tracks, the pictures alone, the sound alone. */
function views({ vision, audio }: ReturnType<typeof clip>): PromptRoot[] {
  const cells = { rows: 2, columns: 2, times: [0] };
  const text = { kind: 'text', length: 1 } as const;
  return [
    { spans: [text, { kind: 'clip', tokens: 5, ...cells }], textIds: [1, 2, 3, 4, 5], vision, audio },
    { spans: [text, { kind: 'video', ...cells }], textIds: [1], vision },
    { spans: [text, { kind: 'audio', tokens: 5 }], textIds: [1], audio },
  ];
}

const treeOf = (root: PromptRoot): TokenTree => ({ root, children: [{ ids: [10, 11] }, { ids: [12] }] });
const pass = (roots: readonly PromptRoot[], encoded?: EncodedMedia['tokens']): Tensor =>
  graph.forward(packTensors(flattenTrees(roots.map(treeOf), graph.layOut), 'cpu', encoded).packed);

function gradients(hidden: Tensor): number[][] {
  graph.zeroGrad();
  hidden.pow(2).sum().backward();
  return graph.parameters().map(({ grad }) => (grad === null ? [] : (grad.flatten().toArray() as number[])));
}

test('a track that several roots show is read once, and its gradient is the sum of theirs', () => {
  scope(() => {
    const roots = [...views(clip(1)), ...views(clip(2))];
    // The same numbers in objects of their own.
    const copies = roots.map(({ vision, audio, ...root }) => ({
      ...root,
      ...(vision && { vision: { ...vision } }),
      ...(audio && { audio: { ...audio } }),
    }));
    const { packed } = packTensors(flattenTrees(roots.map(treeOf), graph.layOut));
    expect(packed.vision).toMatchObject({
      patches: { shape: [32, 96] },
      rows: { shape: [16] },
      tokens: { shape: [16] },
    });
    expect(packed.audio).toMatchObject({
      mel: { shape: [8, 40] },
      rows: { shape: [20] },
      tokens: { shape: [20] },
    });
    const [shared, apart] = [pass(roots), pass(copies)];
    const expected = apart.flatten().toArray() as number[];
    for (const [i, value] of (shared.flatten().toArray() as number[]).entries())
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-5);
    const actual = gradients(shared);
    for (const [p, reference] of gradients(apart).entries()) {
      const scale = Math.max(1, ...reference.map(Math.abs));
      expect(Math.max(0, ...reference.map((value, i) => Math.abs(value - actual[p][i])))).toBeLessThan(
        1e-4 * scale,
      );
    }
    graph.zeroGrad();
  });
});

test('tokens that the towers made before give the same bits, and the towers do not run', () => {
  scope(() => {
    const [first, second] = [clip(1), clip(2)];
    const roots = [views(first)[0], views(second)[1], views(second)[2]];
    const encoder = { headWeight: graph.headWeight, encodeMedia: jest.fn(graph.encodeMedia.bind(graph)) };
    const media = new EncodedMedia(encoder);
    media.encode(roots.map((root) => ({ root })));
    media.encode(views(first).map((root) => ({ root })));
    expect(encoder.encodeMedia).toHaveBeenCalledTimes(1);
    expect(media.counts).toEqual({ vision: 2, audio: 2 });
    noGrad(() => {
      const expected = pass(roots).toArray();
      const towers = [jest.spyOn(graph.visual!, 'forward'), jest.spyOn(graph.audio_tower!, 'forward')];
      expect(pass(roots, media.tokens).toArray()).toEqual(expected);
      for (const tower of towers) {
        expect(tower).not.toHaveBeenCalled();
        tower.mockRestore();
      }
    });
    // Of one kind alone: the other tower runs.
    const sounds = new Map([...media.tokens].filter(([track]) => 'mel' in track));
    const { packed } = packTensors(flattenTrees(roots.map(treeOf), graph.layOut), 'cpu', sounds);
    expect(packed.vision).toHaveProperty('patches');
    expect(packed.audio).toHaveProperty('encoded');
  });
});

describe('a root that shows some of the tokens', () => {
  const [whole] = views(clip(3));
  const shown = { vision: [1, 2], audio: [0, 3] };
  const all = flattenTrees([treeOf(whole)], graph.layOut);
  /** Rows of the whole sequence that are left. */
  const left = (() => {
    const counts = [0, 0, 0];
    const numbers = all.modality.map((modality) => counts[modality]++);
    const wanted = [undefined, shown.audio, shown.vision];
    return [...all.ids.keys()].filter((row) => wanted[all.modality[row]]?.includes(numbers[row]) !== false);
  })();

  test('has these alone, at their positions, and what follows stands where it stood', () => {
    const part = flattenTrees([treeOf({ ...whole, shown })], graph.layOut);
    expect(part.ids.length).toBe(all.ids.length - 5);
    for (const axis of ['time', 'height', 'width'] as const)
      expect(part.positions[axis]).toEqual(left.map((row) => all.positions[axis][row]));
    expect(part.modality).toEqual(left.map((row) => all.modality[row]));
    expect(part.ids).toEqual(left.map((row) => all.ids[row]));
  });

  test('gives what the whole gives where attention does not see the others', () => {
    scope(() =>
      noGrad(() => {
        const media = new EncodedMedia(graph);
        media.encode([{ root: whole }]);
        const { packed } = packTensors(
          { ...all, nodes: all.nodes.map((node) => ({ ...node, gate: 0x0f })) },
          'cpu',
          media.tokens,
        );
        const gated = all.modality.map((modality, row) => (left.includes(row) ? modality : modality + 3));
        packed.modality = torch.tensor(Uint8Array.from(gated));
        const expected = graph.forward(packed).toArray() as number[][];
        const found = pass([{ ...whole, shown }], media.tokens).toArray() as number[][];
        expect(found.length).toBe(left.length);
        for (const [i, row] of left.entries())
          for (const [k, value] of found[i].entries()) expect(value).toBeCloseTo(expected[row][k], 4);
        // A tower that runs in the pass reads the whole track too.
        const fresh = pass([{ ...whole, shown }]).toArray() as number[][];
        for (const [i, row] of found.entries())
          for (const [k, value] of row.entries()) expect(fresh[i][k]).toBeCloseTo(value, 4);
      }),
    );
  });
});
