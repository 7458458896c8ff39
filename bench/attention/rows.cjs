// The rows of bench/attention: shapes of training and of the encoders, PyTorch's alternatives for each, the useful work in
// them, and the targets. Data and counting only, so that tests can check it without a benchmark.

const decoder = { heads: 28, keyHeads: 4, width: 128, dtype: 'bfloat16' };
const [text, audio, video] = [0, 1, 2];
const noAudio = 0xff & ~(1 << audio);

/** PyTorch's alternatives for sequences that share a prompt. FlexAttention has no backward on the CPU. */
const shared = ['sdpa_call_per_leaf', 'sdpa_dense_mask', 'flex'];

/** One node of its own, from row `start` on. */
const run = (start, length, causal) => ({ q: [start, start + length], k: [start, start + length], causal });

/** A causal prompt and its suffixes after `rows`, in packed order; `gates[i]` is the gate of suffix i. */
function withSuffixes(rows, prompt, length, gates) {
  const parent = rows.length;
  let end = parent === 0 ? 0 : rows[parent - 1].q[1];
  const add = (count, more) => {
    rows.push({ ...run(end, count, true), ...more });
    end += count;
  };
  add(prompt, {});
  for (const gate of gates) add(length, { parent, gate });
  return rows;
}

/** Consecutive windows, each with `queries` rows of q and `keys` rows of k. */
const windows = (count, queries, keys) =>
  Array.from({ length: count }, (_, i) => ({
    q: [i * queries, (i + 1) * queries],
    k: [i * keys, (i + 1) * keys],
  }));

const all = Array(8).fill(0xff);
/** 26 video tokens, then 6 of audio, over the prompt; text after it. */
const interleaved = Array.from({ length: 4096 }, (_, i) => {
  if (i >= 2048) return text;
  return i % 32 < 26 ? video : audio;
});

/**
 * `targets`: ratio of the fastest alternative's time to ours, [forward, backward], for each instruction set;
 * `gemmTargets`: our rate over that of PyTorch's matrix product; `rateTarget`: our rate over that of another row.
 */
const rows = [
  {
    id: 'F4',
    title: 'one root, 4096, full',
    ...decoder,
    nodes: [run(0, 4096, false)],
    alternatives: ['sdpa'],
    targets: { avx512_bf16: [4, 2.7], amx: [1.2, 1.7] },
    gemmTargets: { avx512_bf16: [0.88, 0.95], amx: [0.6, 0.45] },
  },
  {
    id: 'C4',
    title: 'one root, 4096, causal',
    ...decoder,
    nodes: [run(0, 4096, true)],
    alternatives: ['sdpa'],
    targets: { avx512_bf16: [4.4, 2.8], amx: [1.8, 1.8] },
  },
  {
    id: 'P8',
    title: 'prompt 2048 shared by 8 rollouts of 256',
    ...decoder,
    nodes: withSuffixes([], 2048, 256, all),
    alternatives: shared,
    targets: { avx512_bf16: [4.5, 5], amx: [1.6, 4] },
  },
  {
    id: 'V3',
    title: 'three prompts (2048, 1400, 900), each with 8 suffixes of 256',
    ...decoder,
    nodes: [2048, 1400, 900].reduce((nodes, prompt) => withSuffixes(nodes, prompt, 256, all), []),
    alternatives: shared,
    targets: { avx512_bf16: [4.5, 5], amx: [1.6, 3.5] },
  },
  {
    id: 'G8',
    title: 'P8, 6 audio after every 26 video tokens, hidden from 4 rollouts',
    ...decoder,
    nodes: withSuffixes([], 2048, 256, [...all.slice(4), ...Array(4).fill(noAudio)]),
    modality: interleaved,
    alternatives: shared,
    rateTarget: { row: 'P8', fraction: 0.85 },
  },
  {
    id: 'W1',
    title: '100 windows of 32, 20 heads, d 64',
    heads: 20,
    keyHeads: 20,
    width: 64,
    dtype: 'bfloat16',
    nodes: windows(100, 32, 32),
    alternatives: ['sdpa'],
    targets: { avx512_bf16: [2.8, 3], amx: [4, 4] },
  },
  {
    id: 'W2',
    title: '64 windows of 256, 16 heads, d 80',
    heads: 16,
    keyHeads: 16,
    width: 80,
    dtype: 'bfloat16',
    nodes: windows(64, 256, 256),
    alternatives: ['sdpa'],
    targets: { avx512_bf16: [4.7, 3], amx: [4, 4] },
  },
  {
    id: 'Q1',
    title: '750 windows, 1 query on 10 keys, 12 heads, d 64',
    heads: 12,
    keyHeads: 12,
    width: 64,
    dtype: 'bfloat16',
    nodes: windows(750, 1, 10),
    alternatives: ['sdpa'],
    targets: { avx512_bf16: [3, 3], amx: [3, 3] },
  },
  {
    id: 'C2',
    title: 'one root, 2048, causal, float32',
    ...decoder,
    dtype: 'float32',
    nodes: [run(0, 2048, true)],
    alternatives: ['sdpa'],
    targets: { avx512_bf16: [2.3, 2], amx: [1.5, 1.5] },
  },
];

/** Pairs of a query and a key that it sees. The rows here have no windows and one gate byte a node. */
function visiblePairs({ nodes, modality }) {
  const keysSeen = ([start, end], gate) => {
    if (modality === undefined) return gate & 1 ? end - start : 0;
    let seen = 0;
    for (let key = start; key < end; key += 1) seen += (gate >> modality[key]) & 1;
    return seen;
  };
  let pairs = 0;
  for (const { q, k, parent = -1, causal = false, gate = 0xff } of nodes) {
    const queries = q[1] - q[0];
    for (let above = parent; above >= 0; above = nodes[above].parent ?? -1)
      pairs += queries * keysSeen(nodes[above].k, gate);
    if (causal) {
      // The last query has the position of the last key.
      const offset = k[1] - k[0] - queries;
      for (let i = 0; i < queries; i += 1)
        pairs += keysSeen([k[0], k[0] + Math.max(0, i + 1 + offset)], gate);
    } else {
      pairs += queries * keysSeen(k, gate);
    }
  }
  return pairs;
}

/**
 * Floating-point operations of the useful work, [forward, backward]: two matrix products a visible pair forward, five
 * backward (the FlashAttention papers' convention).
 */
function usefulFlops(row) {
  const forward = 4 * row.width * row.heads * visiblePairs(row);
  return [forward, 2.5 * forward];
}

/** The row as bench/attention/measure.py reads it. */
function specOf(row) {
  const { id, heads, keyHeads, width, dtype, nodes, modality = null, alternatives } = row;
  const [forward, backward] = usefulFlops(row);
  const flops = forward + backward;
  const table = nodes.map(({ q, k, parent = -1, causal = false, gate = 0xff }) => [
    ...q,
    ...k,
    parent,
    Number(causal),
    gate,
  ]);
  return { id, heads, keyHeads, width, dtype, nodes: table, modality, flops, alternatives };
}

module.exports = { rows, specOf, usefulFlops, visiblePairs };
