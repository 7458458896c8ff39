/** Weights that are mapped: what they take of memory, and that their files are never written to. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as models from '../../lib/models/index.js';
import { optim } from '../../lib/nn/index.js';
import { scope, torch } from '../../lib/tensor/index.js';
import { writeSparseWeights } from './sparse-weights.js';
import { tinyConfig } from './tiny.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-mapped-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, 'model.safetensors');
const hash = () => createHash('sha256').update(readFileSync(file())).digest('hex');

const qwen = (sizes: object) => ({
  model_type: 'qwen2',
  ...{ vocab_size: 2048, hidden_size: 256, intermediate_size: 1024, num_hidden_layers: 1 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, rope_theta: 1e4 },
  ...sizes,
});
const omni = (text: object) => ({ ...tinyConfig, text: { ...tinyConfig.text, ...text } });

/** Saves a fresh graph. @returns bytes of its weights as they are stored */
function saveFresh(config: models.ModelConfigInput, dtype: 'float32' | 'bfloat16' = 'float32'): number {
  return scope(() => {
    const graph = models.buildGraph(config).to(dtype);
    models.saveGraph(graph, folder);
    const parameters = graph.parameters().reduce((sum, tensor) => sum + tensor.numel(), 0);
    graph.dispose();
    return parameters * (dtype === 'float32' ? 4 : 2);
  });
}

const large: [string, models.ModelConfigInput][] = [
  [
    'dense text',
    qwen({ vocab_size: 8192, hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 10 }),
  ],
  [
    'earsight-omni',
    omni({ vocab: 8192, hiddenSize: 512, intermediate: 2048, layers: 10, tieEmbeddings: true }),
  ],
];

/** Bytes that another process needs in addition. */
function memoryOf(dtype: string): { loaded: number; passed: number } {
  const child = join(__dirname, 'children', 'load-memory.cjs');
  const dist = join(__dirname, '..', '..', 'dist');
  return JSON.parse(execFileSync(process.execPath, [child, dist, folder, dtype], { encoding: 'utf8' }));
}

describe.each(large)('memory of a process that loads %s', (_, config) => {
  test('in the stored dtype: next to none, and after a pass at most 1.1 times the weights', () => {
    const weights = saveFresh(config);
    const { loaded, passed } = memoryOf('float32');
    expect(loaded).toBeLessThan(0.2 * weights);
    expect(passed).toBeLessThan(1.1 * weights);
  });

  test('in another dtype: at most 1.1 times the weights', () => {
    const weights = 2 * saveFresh(config, 'bfloat16');
    const { loaded, passed } = memoryOf('float32');
    expect(loaded).toBeGreaterThan(0.9 * weights);
    expect(passed).toBeLessThan(1.1 * weights);
  });
});

describe('files of mapped weights', () => {
  test('are never written to: training changes pages of the process alone', () => {
    saveFresh(qwen({}));
    const before = hash();
    const graph = models.loadGraph(folder);
    const start = scope(() => graph.headWeight.clone());
    const optimizer = new optim.AdamW(graph.parameters(), { lr: 0.1 });
    scope(() =>
      graph
        .logits({ inputIds: [1, 2, 3] })
        .sum()
        .backward(),
    );
    optimizer.step();
    expect(graph.headWeight.equal(start)).toBe(false);
    expect(hash()).toBe(before);
    expect(models.loadGraph(folder).headWeight.equal(start)).toBe(true);
    models.saveGraph(graph, folder);
    expect(models.loadGraph(folder).headWeight.equal(graph.headWeight)).toBe(true);
  });

  test('may be replaced by another model, or removed, while the graph lives', () => {
    saveFresh(qwen({}));
    const graph = models.loadGraph(folder);
    const start = scope(() => torch.load(file())['lm_head.weight'].clone());
    saveFresh(qwen({}));
    expect(models.loadGraph(folder).headWeight.equal(start)).toBe(false);
    expect(graph.headWeight.equal(start)).toBe(true);
    rmSync(file());
    expect(graph.headWeight.equal(start)).toBe(true);
  });

  test('hold tensors of 1 MiB and more; what is smaller is copied', () => {
    saveFresh(qwen({}));
    const graph = models.loadGraph(folder);
    const { header, start } = headerOf(readFileSync(file()));
    const names = ['lm_head.weight', 'model.norm.weight'];
    const before = names.map((name) => graph.stateDict()[name].sum().item());
    const descriptor = openSync(file(), 'r+');
    for (const name of names) {
      const [begin, end] = header[name].data_offsets;
      writeSync(descriptor, Buffer.alloc(end - begin), 0, end - begin, start + begin);
    }
    closeSync(descriptor);
    const after = names.map((name) => graph.stateDict()[name].sum().item());
    expect(after).toEqual([0, before[1]]);
  });
});

function headerOf(bytes: Buffer): {
  header: Record<string, { data_offsets: [number, number] }>;
  start: number;
} {
  const length = Number(bytes.readBigUInt64LE(0));
  return { header: JSON.parse(bytes.subarray(8, 8 + length).toString()), start: 8 + length };
}

test('tensors that do not lie at multiples of their size are copies', () => {
  const values = Float32Array.from({ length: 2 ** 19 }, (_, i) => i);
  const entry = { dtype: 'F32', shape: [values.length], data_offsets: [0, values.byteLength] };
  const text = JSON.stringify({ x: entry });
  const json = text.padEnd(4 * Math.ceil(text.length / 4) + 1);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Buffer.from(values.buffer);
  writeFileSync(file(), Buffer.concat([length, Buffer.from(json), data]));
  const { x } = torch.load(file());
  writeFileSync(file(), Buffer.concat([length, Buffer.from(json), Buffer.alloc(data.length)]), {
    flag: 'r+',
  });
  expect(x.sum().item()).toBeGreaterThan(0);
  expect(x.narrow(0, 5, 3).toArray()).toEqual([5, 6, 7]);
  expect(x.mul(2).narrow(0, 5, 3).toArray()).toEqual([10, 12, 14]);
});

test('a model larger than this machine is mapped in its stored dtype, and refused where it had to be copied', () => {
  const hidden = 8192;
  const vocab = Math.ceil((1.1 * models.memoryBytes()) / 4 / hidden);
  const config = qwen({
    ...{ vocab_size: vocab, hidden_size: hidden, intermediate_size: 8, tie_word_embeddings: true },
    ...{ num_attention_heads: 1, num_key_value_heads: 1, head_dim: 2 },
  });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeSparseWeights(file(), config, 'BF16');
  expect(() => models.loadGraph(folder)).toThrow(
    /model\.safetensors: the weights take \d+\.\d GiB in float32; this machine has \d+\.\d GiB\. They are stored in bfloat16/,
  );
  const graph = models.loadGraph(folder, { dtype: 'bfloat16' });
  expect(graph.headWeight.shape).toEqual([vocab, hidden]);
  expect(
    graph.headWeight
      .narrow(0, vocab - 1, 1)
      .sum()
      .item(),
  ).toBe(0);
  graph.dispose();
});

test('progress counts the bytes of the weights to their end', () => {
  saveFresh(qwen({}), 'bfloat16');
  const bytes = models
    .loadGraph(folder)
    .parameters()
    .reduce((sum, tensor) => sum + 2 * tensor.numel(), 0);
  const calls: [number, number][] = [];
  models.loadGraph(folder, { onProgress: (done, total) => calls.push([done, total]) });
  expect(calls.map(([, total]) => total)).toEqual(calls.map(() => bytes));
  expect(calls.map(([done]) => done)).toEqual(calls.map(([done]) => done).sort((a, b) => a - b));
  expect(calls.at(-1)).toEqual([bytes, bytes]);
  expect(calls.length).toBeGreaterThan(5);
});
