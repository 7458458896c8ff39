/**
 * Captured CUDA graphs (PyTorch's torch.cuda.CUDAGraph): the kernels that a function launches, replayed without the host.
 * What they read and write stays where it was: new inputs are copied into the tensors that the function read, and each replay
 * overwrites what it returned.
 */
import { listOps, ops } from './registry.js';

const operators = ops.earsight;

export class CudaGraph {
  readonly #id: number;

  private constructor(id: number) {
    this.#id = id;
  }

  /** Whether the operator library has them: it was built with GPU kernels. */
  static isBuilt(): boolean {
    return listOps('earsight').some(({ name }) => name === 'earsight::cuda_graph_begin');
  }

  /** Runs `launch` as usual, on a stream of its own: what libraries and plans allocate at their first use is there then. */
  static warmUp<T>(device: string, launch: () => T): T {
    const [id, result] = enqueue(device, false, launch);
    operators.cuda_graph_free(id);
    return result;
  }

  /**
   * Records what `launch` enqueues, and computes nothing: the result has values after a replay. It may not wait for the GPU,
   * copy from or to the host, or let tensors' values decide what it launches.
   */
  static capture<T>(device: string, launch: () => T): { graph: CudaGraph; result: T } {
    const [id, result] = enqueue(device, true, launch);
    return { graph: new CudaGraph(id), result };
  }

  replay(): void {
    operators.cuda_graph_replay(this.#id);
  }

  dispose(): void {
    operators.cuda_graph_free(this.#id);
  }
}

function enqueue<T>(device: string, capture: boolean, launch: () => T): [number, T] {
  const id = operators.cuda_graph_begin(Number(device.split(':')[1] ?? 0), capture) as number;
  try {
    const result = launch();
    operators.cuda_graph_end(id);
    return [id, result];
  } catch (error) {
    operators.cuda_graph_abandon(id);
    throw error;
  }
}
