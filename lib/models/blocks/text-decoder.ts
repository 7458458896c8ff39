/**
 * The decoder: pre-norm transformer blocks with grouped-query attention, rotary positions on three axes and gated
 * feed-forward layers (Qwen2.5 and Qwen3 thinkers), over one packed sequence with a node table.
 */
import { avAttention, type NodeTable } from '../../kernels/index.js';
import { Embedding, Linear, Module, ModuleList, RMSNorm } from '../../nn/index.js';
import { type DType, scope, type Tensor, torch } from '../../tensor/index.js';
import { type ChosenRows, chosenRows } from './chosen-rows.js';
import type { KvCache } from './kv-cache.js';
import { GatedMlp } from './mlp.js';
import { type Rotary, rotate } from './rope.js';
import type { TextConfig } from './settings.js';

/** What is the same for every layer of one pass. */
interface DecoderPass {
  nodes: NodeTable;
  rotary: Rotary;
  /** Modality of the new tokens, uint8 [T]. */
  modality: Tensor;
  /**
   * With a cache the T tokens are new ones: they are stored at `rows` (int64 [T]), and the key ranges of `nodes`
   * are ranges of cache rows. Without one the keys are the T tokens themselves.
   */
  cache?: { store: KvCache; rows: Tensor; fixed?: { keyEnd: Tensor } };
  /** See `ForwardOptions`. Left out: all. */
  rows?: readonly number[];
}

export class TextDecoder extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: ModuleList<DecoderLayer>;
  readonly norm: RMSNorm;
  /** Layers are computed again in backward, which then needs their inputs alone. */
  gradientCheckpointing = false;

  constructor(config: TextConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocab, config.hiddenSize);
    this.layers = new ModuleList(
      Array.from({ length: config.layers }, (_, i) => new DecoderLayer(config, i)),
    );
    this.norm = new RMSNorm(config.hiddenSize, { eps: config.rmsEps });
  }

  /** embeddings [T, hiddenSize] -> normalised hidden states of the rows of the pass, [rows, hiddenSize] */
  forward(embeddings: Tensor, pass: DecoderPass): Tensor {
    pass.cache?.store.modality.indexCopy_(0, pass.cache.rows, pass.modality);
    const recomputes = this.gradientCheckpointing && pass.cache === undefined && torch.isGradEnabled();
    const chosen = pass.rows === undefined ? null : chosenRows(pass, pass.rows);
    let hidden = embeddings;
    for (const [i, layer] of [...this.layers].entries()) {
      const queries = i + 1 === this.layers.length ? chosen : null;
      const run = (input: Tensor): Tensor => layer.forward(input, pass, queries);
      // Without gradients, what a layer made is freed before the next one starts.
      hidden = recomputes ? torch.checkpoint(run, hidden) : scope(() => run(hidden));
    }
    const normed = this.norm.forward(hidden);
    return chosen?.wanted ? normed.indexSelect(0, chosen.wanted) : normed;
  }
}

class DecoderLayer extends Module {
  readonly self_attn: DecoderAttention;
  readonly mlp: GatedMlp;
  readonly input_layernorm: RMSNorm;
  readonly post_attention_layernorm: RMSNorm;

  constructor(config: TextConfig, index: number) {
    super();
    this.self_attn = new DecoderAttention(config, index);
    this.mlp = new GatedMlp(config.hiddenSize, config.intermediate, {
      activation: 'silu',
      bias: config.mlpBias ?? false,
    });
    this.input_layernorm = new RMSNorm(config.hiddenSize, { eps: config.rmsEps });
    this.post_attention_layernorm = new RMSNorm(config.hiddenSize, { eps: config.rmsEps });
  }

  /** @param queries null: all rows */
  forward(input: Tensor, pass: DecoderPass, queries: ChosenRows | null): Tensor {
    const { q_proj, k_proj, v_proj } = this.self_attn;
    const normed = this.input_layernorm.forward(input, productDtype(q_proj, k_proj, v_proj));
    const hidden = pick(input, queries).add(this.self_attn.forward(normed, pass, queries));
    const between = this.post_attention_layernorm.forward(
      hidden,
      productDtype(this.mlp.gate_proj, this.mlp.up_proj),
    );
    return hidden.add(this.mlp.forward(between));
  }
}

class DecoderAttention extends Module {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly q_norm: RMSNorm | null;
  readonly k_norm: RMSNorm | null;
  readonly headDim: number;
  readonly index: number;
  /** How many keys a query sees at most, its own included. */
  readonly window: number | null;

  constructor(
    { hiddenSize, heads, kvHeads, headDim, qkvBias: bias, qkNorm, rmsEps: eps, ...optional }: TextConfig,
    index: number,
  ) {
    super();
    const { outputBias = false, windows } = optional;
    this.q_proj = new Linear(hiddenSize, heads * headDim, { bias });
    this.k_proj = new Linear(hiddenSize, kvHeads * headDim, { bias });
    this.v_proj = new Linear(hiddenSize, kvHeads * headDim, { bias });
    this.o_proj = new Linear(heads * headDim, hiddenSize, { bias: outputBias });
    this.q_norm = qkNorm ? new RMSNorm(headDim, { eps }) : null;
    this.k_norm = qkNorm ? new RMSNorm(headDim, { eps }) : null;
    this.headDim = headDim;
    this.index = index;
    this.window = windows?.[index] ?? null;
  }

  forward(input: Tensor, pass: DecoderPass, queries: ChosenRows | null): Tensor {
    const project = (layer: Linear, rows: Tensor) => layer.forward(rows).unflatten(-1, [-1, this.headDim]);
    let q = project(this.q_proj, pick(input, queries));
    let k = project(this.k_proj, input);
    const v = project(this.v_proj, input);
    if (this.q_norm !== null && this.k_norm !== null) {
      q = this.q_norm.forward(q, v.dtype);
      k = this.k_norm.forward(k, v.dtype);
    }
    return this.o_proj.forward(this.#attend(q, k, v, pass, queries).flatten(1));
  }

  #attend(q: Tensor, k: Tensor, v: Tensor, pass: DecoderPass, queries: ChosenRows | null): Tensor {
    const { rotary, modality, cache } = pass;
    const { nodes: all, rotary: own, modality: queryModality } = queries ?? pass;
    const nodes = this.window === null ? all : all.within(this.window - 1);
    if (cache === undefined) {
      const tables = queries === null ? rotary : { ...own, keyCos: rotary.cos, keySin: rotary.sin };
      return avAttention(q, k, v, nodes, { rotary: tables, modality, queryModality }).out;
    }
    // Keys are rotated once, when stored: the kernel would otherwise rotate the whole cache at every step.
    const { store, rows, fixed } = cache;
    store.write(this.index, rows, rotate(k, rotary), v);
    const options =
      fixed === undefined ? { modality: store.modality, queryModality } : { keyEnd: fixed.keyEnd };
    const query = rotate(q, own).to(store.dtype);
    return avAttention(query, store.keys[this.index], store.values[this.index], nodes, options).out;
  }
}

function pick(input: Tensor, queries: ChosenRows | null): Tensor {
  return queries === null ? input : input.indexSelect(0, queries.rows);
}

/**
 * What the norm before these products may round to: what all of them round their input to. null: they differ, or gradients are
 * computed, whose sum over the products is the norm's.
 */
function productDtype(...[first, ...others]: Linear[]): DType | null {
  const { computeDtype: dtype } = first;
  return !torch.isGradEnabled() && others.every((layer) => layer.computeDtype === dtype) ? dtype : null;
}
