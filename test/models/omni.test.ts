import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenLogprobs } from '../../lib/algorithms/index.js';
import { nodeTable } from '../../lib/kernels/index.js';
import { KvCache, loadGraph, OmniGraph, parseOmniConfig, saveGraph } from '../../lib/models/index.js';
import { init } from '../../lib/nn/index.js';
import { memoryStats, noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { maxDifference, recorded } from '../nn/fixtures.js';
import { int64, packText, range, tinyConfig, tinyGraph } from './tiny.js';

const prompt = [3, 9, 27, 17, 51, 25, 11];
const answers = [
  [5, 6, 7, 8],
  [30, 2],
  [12, 13, 14],
];
const start = prompt.length;

/** Hidden states of the prompt with one answer, alone in a sequence. */
function alone(graph: OmniGraph, answer: number[]): Tensor {
  const ids = [...prompt, ...answer];
  const rows: [number, number] = [0, ids.length];
  return graph.forward(packText(ids, range(0, ids.length), [{ q: rows, k: rows, parent: -1, causal: true }]));
}

/** The prompt once, the answers after it: [prompt, answer 0, answer 1, ...] with a node each. */
function shared(graph: OmniGraph): Tensor {
  const nodes = [
    { q: [0, start] as [number, number], k: [0, start] as [number, number], parent: -1, causal: true },
  ];
  let end = start;
  for (const answer of answers) {
    const rows: [number, number] = [end, end + answer.length];
    nodes.push({ q: rows, k: rows, parent: 0, causal: true });
    end += answer.length;
  }
  const positions = [range(0, start), ...answers.map((answer) => range(start, start + answer.length))].flat();
  return graph.forward(packText([prompt, ...answers].flat(), positions, nodes));
}

describe('one prompt, several answers', () => {
  test('children of the prompt give the states and gradients of separate sequences', () => {
    const graph = tinyGraph();
    const packed = shared(graph);
    let row = start;
    const separate = answers.map((answer) => alone(graph, answer));
    for (const [i, answer] of answers.entries()) {
      const states = separate[i].detach();
      expect(
        maxDifference(packed.detach().narrow(0, 0, start), states.narrow(0, 0, start)),
      ).toBeLessThanOrEqual(1e-5);
      const own = packed.detach().narrow(0, row, answer.length);
      expect(maxDifference(own, states.narrow(0, start, answer.length))).toBeLessThanOrEqual(1e-5);
      row += answer.length;
    }
    // A loss on the answers only: the prompt's gradient is the sum over its copies.
    const weight = graph.model.layers.at(0)!.self_attn.k_proj.weight;
    packed
      .narrow(0, start, row - start)
      .pow(2)
      .sum()
      .backward();
    const once = weight.grad!.clone();
    graph.zeroGrad();
    for (const states of separate)
      states
        .narrow(0, start, states.shape[0] - start)
        .pow(2)
        .sum()
        .backward();
    expect(maxDifference(once, weight.grad!)).toBeLessThanOrEqual(1e-4 * (once.abs().max().item() as number));
  });

  test('decoding with a cache gives the states of the whole sequence, all answers at once', () => {
    const graph = tinyGraph();
    const room = 6;
    // Answer rows lie apart, out of order, behind a gap: only the node table says where.
    const firstRow = (answer: number) => 40 - answer * room;
    const cache = new KvCache(50, graph.config.text);
    noGrad(() =>
      scope(() => {
        const rows: [number, number] = [0, start];
        const input = packText(prompt, range(0, start), [{ q: rows, k: rows, parent: -1, causal: true }]);
        const states = graph.forward(input, { cache: { store: cache, rows: int64(range(0, start)) } });
        expect(maxDifference(states, alone(graph, answers[0]).narrow(0, 0, start))).toBeLessThanOrEqual(1e-5);

        for (let step = 0; step < 4; step++) {
          const going = [...answers.keys()].filter((i) => step < answers[i].length);
          const nodes = going.map((i, q) => ({
            q: [q, q + 1] as [number, number],
            k: [firstRow(i), firstRow(i) + step + 1] as [number, number],
            parent: 0,
            causal: true,
          }));
          const root = { q: [0, 0] as [number, number], k: rows, parent: -1, causal: true };
          const next = packText(
            going.map((i) => answers[i][step]),
            going.map(() => start + step),
            [root, ...nodes],
          );
          const at = int64(going.map((i) => firstRow(i) + step));
          const states = graph.forward(next, { cache: { store: cache, rows: at } });
          for (const [q, i] of going.entries()) {
            const expected = alone(graph, answers[i]).narrow(0, start + step, 1);
            expect(maxDifference(states.narrow(0, q, 1), expected)).toBeLessThanOrEqual(1e-5);
          }
        }
      }),
    );
    cache.dispose();
  });
});

describe('media', () => {
  const file = recorded('models/qwen2_5_omni.safetensors');
  const ids = [1, 44, 44, 44, 44, 40, 40, 2];
  const vision = {
    patches: file.patches.narrow(0, 0, 16),
    grids: [[1, 4, 4]] as const,
    rows: int64([1, 2, 3, 4]),
  };
  const audio = { mel: file.mel.narrow(1, 0, 8), frames: [8], rows: int64([5, 6]) };
  const packed = () => ({
    ...packText(ids, range(0, ids.length), [{ q: [0, 8], k: [0, 8], parent: -1, causal: true }]),
    vision,
    audio,
  });

  test('towers run once can serve many passes', () => {
    const graph = tinyGraph();
    const media = graph.encodeMedia(packed());
    expect([media.vision!.shape, media.audio!.shape]).toEqual([
      [4, 32],
      [2, 32],
    ]);
    const [a, b] = [graph.forward(packed()), graph.forward(packed(), { media })];
    expect(a.detach().equal(b.detach())).toBe(true);
  });

  test('one token can fill rows of several prompts', () => {
    const graph = tinyGraph();
    const nodes = [
      { q: [0, 8] as [number, number], k: [0, 8] as [number, number], parent: -1, causal: true },
      { q: [8, 14] as [number, number], k: [8, 14] as [number, number], parent: -1, causal: true },
    ];
    const silent = [1, 44, 44, 44, 44, 2];
    const both = {
      ...packText([...ids, ...silent], [...range(0, 8), ...range(0, 6)], nodes),
      audio,
      vision: {
        ...vision,
        rows: int64([1, 2, 3, 4, 9, 10, 11, 12]),
        tokens: int64([0, 1, 2, 3, 0, 1, 2, 3]),
      },
    };
    const lonely = {
      ...packText(silent, range(0, 6), [{ q: [0, 6], k: [0, 6], parent: -1, causal: true }]),
      vision,
    };
    const expected = graph.forward(lonely).detach();
    expect(maxDifference(graph.forward(both).detach().narrow(0, 8, 6), expected)).toBeLessThanOrEqual(1e-5);
  });

  test('a wrong field of the configuration is named with its value', () => {
    const text = { ...tinyConfig.text, kvHeads: 3 };
    expect(() => parseOmniConfig({ ...tinyConfig, text, towers: 2 })).toThrow(
      /^model config: text\.kvHeads: must divide heads \(got 3\); towers: no such field; expected text, vision, audio, positions, initializerRange$/,
    );
  });

  test('what does not fit is refused by name', () => {
    const graph = tinyGraph();
    const short = { ...packed(), vision: { ...vision, rows: int64([1, 2, 3]) } };
    expect(() => graph.forward(short)).toThrow(/4 media tokens for 3 rows/);
    const grids = { ...packed(), vision: { ...vision, grids: [[1, 4, 6]] as const } };
    expect(() => graph.forward(grids)).toThrow(/16 patches; the grids \[1,4,6\] have 24/);
    const odd = { ...packed(), vision: { ...vision, grids: [[1, 3, 4]] as const } };
    expect(() => graph.forward(odd)).toThrow(/1x3x4: rows and columns must be multiples of 2/);
    const frames = { ...packed(), audio: { ...audio, frames: [9] } };
    expect(() => graph.forward(frames)).toThrow(/mel of 8 frames; the audios have 9/);
    const deaf = new OmniGraph(parseOmniConfig({ ...tinyConfig, audio: null }));
    expect(() => deaf.forward(packed())).toThrow(
      /input has audio, but audio is null in the model's configuration/,
    );
  });
});

describe('log-probabilities of chosen tokens', () => {
  test('equal a softmax over the whole vocabulary, written out; rows may repeat', () => {
    torch.manualSeed(1);
    const [hidden, weight] = [torch.randn([3, 4]), torch.randn([5, 4])];
    const [rows, target] = [
      [2, 0, 2],
      [4, 1, 0],
    ];
    const { logp, entropy } = tokenLogprobs(hidden, weight, int64(target), int64(rows), {
      temperature: 0.7,
      entropy: true,
    });
    const [h, w] = [hidden.toArray() as number[][], weight.toArray() as number[][]];
    for (const [i, row] of rows.entries()) {
      const exps = w.map((line) =>
        Math.exp(line.reduce((sum, value, d) => sum + value * h[row][d], 0) / 0.7),
      );
      const p = exps.map((value) => value / exps.reduce((a, b) => a + b));
      expect((logp.toArray() as number[])[i]).toBeCloseTo(Math.log(p[target[i]]), 5);
      expect((entropy!.toArray() as number[])[i]).toBeCloseTo(
        p.reduce((sum, value) => sum - value * Math.log(value), 0),
        5,
      );
    }
  });
});

describe('a model on disk', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'graph-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('comes back with its configuration and weights', () => {
    const graph = new OmniGraph(
      parseOmniConfig({ ...tinyConfig, text: { ...tinyConfig.text, tieEmbeddings: true } }),
    );
    saveGraph(graph, join(folder, 'a'));
    const again = loadGraph(join(folder, 'a')) as OmniGraph;
    expect(again.config).toEqual(graph.config);
    expect(again.lm_head).toBeNull();
    expect(again.headWeight).toBe(again.model.embed_tokens.weight);
    expect(
      alone(again, [4])
        .detach()
        .equal(alone(graph, [4]).detach()),
    ).toBe(true);
  });

  test('a wrong configuration is named by file and field', () => {
    const file = join(folder, 'a', 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    const write = (json: unknown) => writeFileSync(file, JSON.stringify(json));
    write({ ...config, text: { ...config.text, kvHeads: 3 } });
    expect(() => loadGraph(join(folder, 'a'))).toThrow(`${file}: text.kvHeads: must divide heads`);
    write({ ...config, text: { ...config.text, mropeSection: [1, 1, 1] } });
    expect(() => loadGraph(join(folder, 'a'))).toThrow(/text.mropeSection: must add up to headDim/);
    write({ ...config, vision: { ...config.vision, window: 12 } });
    expect(() => loadGraph(join(folder, 'a'))).toThrow(
      /vision.window: must be a multiple of patch x mergeSize/,
    );
    write({ ...config, positions: { ...config.positions, idsPerSecond: 13 } });
    expect(() => loadGraph(join(folder, 'a'))).toThrow(
      /positions.idsPerSecond: is 13, but the audio tower gives 25 tokens a second/,
    );
    write({ ...config, colour: 1 });
    expect(() => loadGraph(join(folder, 'a'))).toThrow(/colour/);
    write({ ...config, model_type: 'gpt2' });
    expect(() => loadGraph(join(folder, 'a'))).toThrow(/model_type "gpt2"; expected "earsight_omni"/);
    writeFileSync(file, '{');
    expect(() => loadGraph(join(folder, 'a'))).toThrow(file);
  });
});

test('weights in bfloat16 give the states of float32 within its precision, cache included', () => {
  const [graph, half] = [tinyGraph(), tinyGraph().to('bfloat16')];
  const exact = alone(graph, answers[0]).detach();
  const states = alone(half, answers[0]).detach();
  expect(states.dtype).toBe('bfloat16');
  const error = (actual: Tensor) => actual.to('float32').sub(exact).norm().div(exact.norm()).item() as number;
  expect(error(states)).toBeLessThan(0.02);
  const { dtype } = half.headWeight;
  const cache = new KvCache(exact.shape[0], half.config.text, { dtype });
  const all = range(0, exact.shape[0]);
  const rows: [number, number] = [0, all.length];
  const input = packText([...prompt, ...answers[0]], all, [{ q: rows, k: rows, parent: -1, causal: true }]);
  const cached = noGrad(() => half.forward(input, { cache: { store: cache, rows: int64(all) } }));
  expect(error(cached)).toBeLessThan(0.02);
  cache.dispose();
});

test('mixed precision: products in bfloat16, weights and gradients in float32', () => {
  const [exact, mixed] = [tinyGraph(), tinyGraph().computeIn('bfloat16')];
  const error = (actual: Tensor, expected: Tensor) =>
    actual.sub(expected).norm().div(expected.norm()).item() as number;
  const [a, b] = [exact, mixed].map((graph) => alone(graph, answers[0]));
  expect(b.dtype).toBe('float32');
  expect(error(b.detach(), a.detach())).toBeLessThan(0.02);
  expect(error(b.detach(), a.detach())).toBeGreaterThan(1e-5);
  for (const states of [a, b]) states.pow(2).sum().backward();
  const gradients = [exact, mixed].map((graph) => graph.model.layers.at(0)!.self_attn.q_proj.weight.grad!);
  expect(gradients[1].dtype).toBe('float32');
  expect(error(gradients[1], gradients[0])).toBeLessThan(0.1);
  const all = range(0, a.shape[0]);
  const cache = new KvCache(all.length, mixed.config.text);
  const rows: [number, number] = [0, all.length];
  const input = packText([...prompt, ...answers[0]], all, [{ q: rows, k: rows, parent: -1, causal: true }]);
  const cached = noGrad(() => mixed.forward(input, { cache: { store: cache, rows: int64(all) } }));
  expect(error(cached, a.detach())).toBeLessThan(0.02);
  cache.dispose();
  expect(maxDifference(alone(mixed.computeIn(null), answers[0]).detach(), a.detach())).toBe(0);
});

test('normalised queries and keys come back to the dtype of the values', () => {
  const config = parseOmniConfig({ ...tinyConfig, text: { ...tinyConfig.text, qkNorm: true } });
  const graph = new OmniGraph(config);
  const exact = alone(graph, answers[0]).detach();
  const mixed = alone(graph.computeIn('bfloat16'), answers[0]).detach();
  expect(mixed.sub(exact).norm().div(exact.norm()).item()).toBeLessThan(0.02);
});

describe('a fresh graph', () => {
  test('starts from small normal weights, zero biases and unit norms, and the seed decides', () => {
    const make = () => {
      torch.manualSeed(4);
      return new OmniGraph(parseOmniConfig({ ...tinyConfig, initializerRange: 0.1 }));
    };
    const [a, b] = [make(), make()];
    for (const [i, [name, tensor]] of a.namedParameters().entries()) {
      expect(tensor.detach().equal(b.parameters()[i].detach())).toBe(true);
      if (name.endsWith('.bias')) expect(tensor.detach().abs().max().item()).toBe(0);
      else if (tensor.dim() === 1) expect(tensor.detach().eq(1).all().item()).toBe(true);
      else if (tensor.numel() > 1000) {
        const std = init.fans(tensor) && (tensor.detach().std().item() as number);
        expect(Math.abs(std - 0.1)).toBeLessThan(0.01);
      }
    }
  });

  test('small widths start from the initialisers of the layers, and embeddings of unit length', () => {
    const { vocab, hiddenSize } = tinyConfig.text;
    torch.manualSeed(4);
    const graph = new OmniGraph(parseOmniConfig({ ...tinyConfig, text: { ...tinyConfig.text, vocab: 500 } }));
    expect(vocab).not.toBe(500);
    const lengths = graph.model.embed_tokens.weight.detach().pow(2).sum(1).sqrt();
    expect(Math.abs((lengths.mean().item() as number) - 1)).toBeLessThan(0.02);
    const { weight, bias } = graph.model.layers.at(0)!.self_attn.q_proj;
    const bound = hiddenSize ** -0.5;
    for (const tensor of [weight, bias!]) {
      const largest = tensor.detach().abs().max().item() as number;
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.9 * bound);
    }
  });

  test('training steps leave no tensor behind', () => {
    const graph = new OmniGraph(parseOmniConfig(tinyConfig));
    const step = () =>
      scope(() => {
        const hidden = alone(graph, [4, 5]);
        tokenLogprobs(hidden, graph.headWeight, int64([4, 5]), int64([6, 7]))
          .logp.mean()
          .neg()
          .backward();
        graph.zeroGrad();
      });
    step();
    const { liveTensors } = memoryStats();
    for (let i = 0; i < 20; i++) step();
    expect(memoryStats().liveTensors).toBe(liveTensors);
  });
});

test('a node table without any prompt row gives empty states', () => {
  const graph = tinyGraph();
  const packed = { ...packText([], [], []), nodes: nodeTable([]) };
  expect(graph.forward(packed).shape).toEqual([0, 32]);
});
