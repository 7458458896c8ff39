/** The graph's parts with the weights of transformers' tiny models must give what those gave. */
import { nodeTable } from '../../lib/kernels/index.js';
import { multimodalRotary } from '../../lib/models/blocks/rope.js';
import { TextDecoder } from '../../lib/models/blocks/text-decoder.js';
import { AudioTower, audioTokens, parseOmniConfig, VisionTower } from '../../lib/models/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { maxDifference, recorded } from '../nn/fixtures.js';
import { int64, tinyConfig, tinyGraph } from './tiny.js';

describe('Qwen2.5-Omni', () => {
  const file = recorded('models/qwen2_5_omni.safetensors');
  const frames = [250, 47];
  const grids = [[3, 8, 12]] as const;

  function rowsOf(token: number): Tensor {
    const ids = file.ids.toArray() as number[];
    return int64([...ids.keys()].filter((row) => ids[row] === token));
  }

  test('vision tower: windows, whole-frame layers, merger', () => {
    const tokens = tinyGraph().visual!.forward(file.patches, grids);
    expect(maxDifference(tokens.detach(), file.visual)).toBeLessThanOrEqual(5e-5);
  });

  test('audio tower: chunks, stem, windows, pooling', () => {
    const tokens = tinyGraph().audio_tower!.forward(file.mel, frames);
    expect(tokens.shape[0]).toBe(
      frames.reduce((sum, n) => sum + audioTokens(n, parseOmniConfig(tinyConfig).audio!), 0),
    );
    expect(maxDifference(tokens.detach(), file.heard)).toBeLessThanOrEqual(2e-5);
  });

  test('whole graph: logits of every token, and gradients at the far end of each network', () => {
    const graph = tinyGraph();
    const count = file.ids.numel();
    const [vision, audio] = [rowsOf(44), rowsOf(40)];
    const modality = torch.zeros([count], { dtype: 'uint8' });
    modality.indexFill_(0, vision, 2).indexFill_(0, audio, 1);
    const hidden = graph.forward({
      inputIds: file.ids,
      positions: file.positions,
      modality,
      nodes: nodeTable([{ q: [0, count], k: [0, count], parent: -1, causal: true }]),
      vision: { patches: file.patches, grids, rows: vision },
      audio: { mel: file.mel, frames, rows: audio },
    });
    const logits = F.linear(hidden, graph.headWeight);
    expect(maxDifference(logits.detach(), file.logits)).toBeLessThanOrEqual(2e-5);

    F.crossEntropy(logits.narrow(0, 0, count - 1), file.ids.narrow(0, 1, count - 1)).backward();
    const parameters = new Map(graph.namedParameters());
    const gradients = Object.entries(file).filter(([name]) => name.startsWith('grad.'));
    expect(gradients.length).toBe(4);
    for (const [name, expected] of gradients) {
      const difference = maxDifference(parameters.get(name.slice('grad.'.length))!.grad!, expected);
      expect(difference).toBeLessThanOrEqual(1e-3 * (expected.abs().max().item() as number));
    }
  });
});

describe('Qwen3-Omni', () => {
  test('audio tower: 2-d stem, windows of several chunks, two-layer projector', () => {
    const file = recorded('models/qwen3_audio.safetensors');
    const config = parseOmniConfig({
      ...tinyConfig,
      audio: {
        melBins: 12,
        chunk: 100,
        stem: { kind: '2d', strides: [2, 2, 2], channels: 4 },
        width: 16,
        depth: 2,
        heads: 2,
        intermediate: 24,
        windowChunks: 2,
        keyBias: true,
        projector: 'mlp',
      },
      positions: { rule: 'merged', idsPerSecond: 13 },
    }).audio!;
    const tower = new AudioTower(config, 20);
    tower.loadStateDict(recorded('models/qwen3_audio.safetensors', 'weights.'));
    const frames = [413, 100, 33];
    expect(frames.map((n) => audioTokens(n, config))).toEqual([54, 13, 5]);
    expect(maxDifference(tower.forward(file.mel, frames).detach(), file.heard)).toBeLessThanOrEqual(2e-5);
  });

  test('vision tower: LayerNorm, plain feed-forward layers, patch bias, no windows', () => {
    const file = recorded('models/qwen3_vision.safetensors');
    const config = parseOmniConfig({
      ...tinyConfig,
      vision: {
        patch: 4,
        width: 24,
        depth: 2,
        heads: 2,
        intermediate: 40,
        norm: 'layer',
        mlp: 'plain',
        activation: 'gelu_tanh',
        patchBias: true,
      },
    }).vision!;
    const tower = new VisionTower(config, 20);
    tower.loadStateDict(recorded('models/qwen3_vision.safetensors', 'weights.'));
    const tokens = tower.forward(file.patches, [
      [2, 4, 6],
      [1, 2, 4],
    ]);
    expect(maxDifference(tokens.detach(), file.visual)).toBeLessThanOrEqual(5e-5);
  });

  test('decoder: normalised q and k, interleaved rotary sections, fractional positions', () => {
    const file = recorded('models/qwen3_text.safetensors');
    const config = parseOmniConfig({
      text: {
        vocab: 32,
        hiddenSize: 24,
        layers: 2,
        heads: 4,
        kvHeads: 2,
        headDim: 16,
        intermediate: 40,
        ropeTheta: 1000,
        mropeSection: [4, 2, 2],
        mropeInterleaved: true,
        qkvBias: false,
        qkNorm: true,
      },
      positions: { rule: 'merged', idsPerSecond: 13 },
    }).text;
    const decoder = new TextDecoder(config);
    decoder.loadStateDict(recorded('models/qwen3_text.safetensors', 'weights.'));
    const hidden = decoder.forward(decoder.embed_tokens.forward(file.ids), {
      nodes: nodeTable([{ q: [0, 19], k: [0, 19], parent: -1, causal: true }]),
      rotary: multimodalRotary(file.positions, config),
      modality: torch.zeros([19], { dtype: 'uint8' }),
    });
    expect(maxDifference(hidden.detach(), file.hidden)).toBeLessThanOrEqual(2e-5);
  });
});
