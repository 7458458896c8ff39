/**
 * Decode steps that launch the same kernels with the same tensors every time, so that a GPU can replay them as one graph: what
 * differs from step to step is written into those tensors. A completion's node has all the keys that it may ever have, and
 * `keyEnd` says which of them are there.
 */
import { int64, packText } from '../batch/index.js';
import { type NodeRow, nodeTable } from '../kernels/index.js';
import type { FixedPass, FixedSteps, KvCache, ModelGraph } from '../models/index.js';
import { scope, type Tensor, torch } from '../tensor/index.js';

/** A completion: the node that it follows, and its rows of the cache. */
interface Member {
  parent: number;
  first: number;
  room: number;
}

/** A token to feed, with its position; it is stored in row `first + step`. */
interface NextToken {
  member: number;
  id: number;
  position: number;
  step: number;
}

export class FixedStep {
  readonly #graph: ModelGraph;
  readonly #rotary: FixedSteps['rotary'];
  readonly #members: readonly Member[];
  readonly #ids: number[];
  readonly #positions: number[];
  readonly #rows: number[];
  /** The next token's tensors, which stay: their values change. */
  readonly #packed: ReturnType<typeof packText>;
  readonly #cache: { store: KvCache; rows: Tensor; fixed: FixedPass };

  /** @param ancestors nodes of the prompts, without queries. The tensors belong to the current scope. */
  constructor(graph: ModelGraph, store: KvCache, ancestors: readonly NodeRow[], members: readonly Member[]) {
    const { device } = graph.headWeight;
    this.#graph = graph;
    this.#rotary = (graph.fixedSteps as FixedSteps).rotary;
    this.#members = members;
    this.#ids = members.map(() => 0);
    this.#positions = members.map(() => 0);
    this.#rows = members.map(({ first }) => first);
    const nodes = members.map(
      ({ parent, first, room }, i): NodeRow => ({
        q: [i, i + 1],
        k: [first, first + room],
        parent,
        causal: true,
      }),
    );
    this.#packed = packText(this.#ids, this.#positions, nodeTable([...ancestors, ...nodes]), device);
    const tables = this.#tables();
    const rows = int64(this.#rows, device);
    this.#cache = {
      store,
      rows,
      fixed: { cos: tables.cos.to(device), sin: tables.sin.to(device), keyEnd: rows.add(1) },
    };
  }

  /** Rotary tables of the positions, on the CPU. */
  #tables(): { cos: Tensor; sin: Tensor } {
    const positions = torch.tensor(Float32Array.from(this.#positions)).expand([3, this.#positions.length]);
    return this.#rotary(positions);
  }

  /** Writes the next tokens. Members that have none compute their last one again. */
  feed(tokens: readonly NextToken[]): void {
    for (const { member, id, position, step } of tokens) {
      this.#ids[member] = id;
      this.#positions[member] = position;
      this.#rows[member] = this.#members[member].first + step;
    }
    scope(() => {
      const { rows, fixed } = this.#cache;
      const { cos, sin } = this.#tables();
      this.#packed.inputIds.copy_(int64(this.#ids, 'cpu'));
      fixed.cos.copy_(cos);
      fixed.sin.copy_(sin);
      rows.copy_(int64(this.#rows, 'cpu'));
      fixed.keyEnd.copy_(
        int64(
          this.#rows.map((row) => row + 1),
          'cpu',
        ),
      );
    });
  }

  /** -> hidden states that predict the tokens after these, [members, hidden] */
  compute(): Tensor {
    return this.#graph.forward(this.#packed, { media: {}, cache: this.#cache });
  }
}
