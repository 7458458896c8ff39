/** Configurations from elsewhere: what they may state, and what a model takes before a single tensor is made. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loadGraph,
  type OmniConfigInput,
  OmniGraph,
  parameterCount,
  parseOmniConfig,
  saveGraph,
} from '../../lib/models/index.js';
import { memoryStats } from '../../lib/tensor/index.js';
import { tinyConfig } from './tiny.js';

const { text, vision, audio, positions } = tinyConfig as Required<OmniConfigInput>;

/** Every switch that adds or removes a parameter. */
const configs: [string, OmniConfigInput][] = [
  ['Qwen2.5-Omni in small', tinyConfig],
  [
    'tied embeddings, normalised heads, no biases',
    { ...tinyConfig, text: { ...text, tieEmbeddings: true, qkNorm: true, qkvBias: false } },
  ],
  ['no towers', { text, positions }],
  [
    'layer norms, plain layers, biased patches',
    { ...tinyConfig, vision: { ...vision!, norm: 'layer', mlp: 'plain', patchBias: true, temporalPatch: 1 } },
  ],
  [
    'a stem in two dimensions, biased keys, two projections',
    {
      ...tinyConfig,
      audio: {
        ...audio!,
        stem: { kind: '2d', strides: [2, 2, 2], channels: 6 },
        pool: 1,
        chunk: 8,
        keyBias: true,
        projector: 'mlp',
      },
      positions: { ...positions, idsPerSecond: 12.5 },
    },
  ],
];

test.each(configs)('parameters counted are those that the modules hold: %s', (_, input) => {
  const config = parseOmniConfig(input);
  const held = [...new OmniGraph(config).parameters()].reduce((sum, tensor) => sum + tensor.numel(), 0);
  expect(parameterCount(config)).toBe(held);
});

describe('a configuration that no machine can hold', () => {
  test.each<[string, object]>([
    ['text.layers', { text: { ...text, layers: 1e5 } }],
    ['text.vocab', { text: { ...text, vocab: 2 ** 53 - 1 } }],
    ['text.hiddenSize', { text: { ...text, hiddenSize: 1e9 } }],
    ['text.heads', { text: { ...text, heads: 1e6 } }],
    ['text.intermediate', { text: { ...text, intermediate: 1e9 } }],
    ['text.ropeTheta', { text: { ...text, ropeTheta: 1e300 } }],
    ['vision.depth', { vision: { ...vision, depth: 1e5 } }],
    ['vision.patch', { vision: { ...vision, patch: 1e6 } }],
    ['vision.channels', { vision: { ...vision, channels: 1e6 } }],
    ['vision.mergeSize', { vision: { ...vision, mergeSize: 1e6 } }],
    ['audio.melBins', { audio: { ...audio, melBins: 1e9 } }],
    ['audio.depth', { audio: { ...audio, depth: 1e5 } }],
    ['audio.chunk', { audio: { ...audio, chunk: 1e12 } }],
    ['audio.pool', { audio: { ...audio, pool: 1e9 } }],
    ['audio.stem.strides', { audio: { ...audio, stem: { kind: '1d', strides: Array(1e5).fill(1) } } }],
    ['positions.idsPerAudioToken', { positions: { ...positions, idsPerAudioToken: 1e12 } }],
  ])('%s out of bounds is named', (field, change) => {
    expect(() => parseOmniConfig({ ...tinyConfig, ...change })).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringMatching(new RegExp(`^model config: ${field.replaceAll('.', '\\.')}: Too big`)),
      }),
    );
  });

  test('fields within bounds that multiply beyond memory are refused by count', () => {
    const large = parseOmniConfig({
      ...tinyConfig,
      text: { ...text, layers: 1024, hiddenSize: 2 ** 16, intermediate: 2 ** 20, vocab: 2 ** 24 },
    });
    // The feed-forward layers alone: 1024 x 3 x 2^16 x 2^20 = 2.1e14 parameters.
    expect(() => new OmniGraph(large)).toThrow(
      /^model config: 2\d{14} parameters take \d+\.\d GiB in float32/,
    );
  });

  test('an unknown field is named with the nearest known one', () => {
    const misspelt = { ...tinyConfig, text: { ...text, hiddensize: 3 }, visoin: null };
    expect(() => parseOmniConfig(misspelt)).toThrow(
      "text.hiddensize: no such field; did you mean 'hiddenSize'?",
    );
    expect(() => parseOmniConfig(misspelt)).toThrow("visoin: no such field; did you mean 'vision'?");
  });

  test('what a message shows of a deep or cyclic value ends', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.layers = cyclic;
    expect(() => parseOmniConfig({ ...tinyConfig, text: { ...text, layers: cyclic } })).toThrow(
      /text\.layers: .*got \{"layers":\{"layers"/,
    );
  });
});

describe('a folder whose configuration and weights disagree', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-size-'));
  const file = join(folder, 'config.json');
  const weights = join(folder, 'model.safetensors');
  afterAll(() => rmSync(folder, { recursive: true }));
  const changed = (change: object): void => {
    saveGraph(new OmniGraph(parseOmniConfig(tinyConfig)), folder);
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, text: { ...config.text, ...change } }));
  };
  // A layer has 12 weights: two norms, three of the feed-forward part, four matrices and three biases of the attention.
  test.each([
    [
      'more layers',
      { layers: 1000 },
      /missing keys: model\.layers\.2\.self_attn\.q_proj\.weight, .* and 11968 more$/,
    ],
    [
      'a larger vocabulary',
      { vocab: 1_000_000 },
      /lm_head\.weight has shape \[64,32\], expected \[1000000,32\]/,
    ],
    [
      'fewer layers',
      { layers: 1 },
      /unknown keys: model\.layers\.1\.input_layernorm\.weight, .* and 4 more$/,
    ],
  ])('%s: keys are named without memory for the weights', (_, change, problem) => {
    changed(change);
    const before = memoryStats().cpuBytes;
    expect(() => loadGraph(folder)).toThrow(problem);
    expect(() => loadGraph(folder)).toThrow(`${weights}: not the weights that ${file} describes: `);
    expect(memoryStats().cpuBytes).toBe(before);
  });

  test('far more than the file holds: the counts are named, and no graph is built', () => {
    changed({ layers: 1024, hiddenSize: 2 ** 16, intermediate: 2 ** 20, vocab: 2 ** 24 });
    expect(() => loadGraph(folder)).toThrow(
      /^.*model\.safetensors: holds 83064 parameters; .*config\.json describes 2\d{14}$/,
    );
  });
});
