/** Activation checkpointing: trade a second forward for the memory of the first one's intermediates. */

import { checkFunction, scope } from '../runtime/index.js';
import { AutogradFunction, backward, enableGrad, type FunctionContext, scopedGrad } from './autograd.js';
import { fromBuffer } from './factories.js';
import { getRngState, setRngState } from './generator.js';
import { readData } from './readout.js';
import { Tensor } from './tensor.js';

class Checkpoint extends AutogradFunction {
  static override forward(
    ctx: FunctionContext,
    fn: (...tensors: Tensor[]) => Tensor | readonly Tensor[],
    ...tensors: Tensor[]
  ) {
    ctx.fn = fn;
    // As bytes: the scope of this forward may have ended when backward runs.
    ctx.rngState = scope(() => readData(getRngState(), 'checkpoint'));
    ctx.saveForBackward(...tensors);
    return fn(...tensors);
  }

  static override backward(ctx: FunctionContext, ...gradients: (Tensor | null)[]) {
    const inputs = (ctx.savedTensors as Tensor[]).map((tensor, index) => {
      const leaf = tensor.detach();
      leaf.requiresGrad = ctx.needsInputGrad[index + 1];
      return leaf;
    });
    // Dropout must draw the same numbers as in the first forward.
    const after = getRngState();
    const before = ctx.rngState as Uint8Array;
    setRngState(fromBuffer(before, [before.length], 'uint8'));
    let result: Tensor | readonly Tensor[];
    try {
      result = enableGrad(() => (ctx.fn as (...tensors: Tensor[]) => typeof result)(...inputs));
    } finally {
      setRngState(after);
    }
    const outputs = result instanceof Tensor ? [result] : result;
    const wanted = outputs.map((output, index) => ({ output, gradient: gradients[index] }));
    const live = wanted.filter(({ output, gradient }) => gradient !== null && output.requiresGrad);
    backward(
      live.map(({ output }) => output),
      { gradient: live.map(({ gradient }) => gradient) },
    );
    return [null, ...inputs.map(scopedGrad)];
  }
}

/**
 * Runs `fn(...tensors)` without keeping its intermediates and runs it again in backward. At least one tensor
 * must require grad; parameters that `fn` closes over get their gradients too (through `backward`, not `grad`).
 */
export function checkpoint<T extends Tensor | readonly Tensor[]>(
  fn: (...tensors: Tensor[]) => T,
  ...tensors: Tensor[]
): T {
  checkFunction('checkpoint', fn);
  return Checkpoint.apply(fn, ...tensors);
}
