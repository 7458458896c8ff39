/** Activation checkpointing: trade a second forward for the memory of the first one's intermediates. */

import { checkFunction, scope } from '../runtime/index.js';
import {
  AutogradFunction,
  backward,
  enableGrad,
  type FunctionContext,
  isGradEnabled,
  scopedGrad,
} from './autograd.js';
import { fromBuffer } from './factories.js';
import { type RngState, restoreRng, saveRng } from './rng-state.js';
import { Tensor } from './tensor.js';

type Result = Tensor | readonly Tensor[];

class Checkpoint extends AutogradFunction {
  /** @param trigger makes the result require grad where none of the tensors does */
  static override forward(
    ctx: FunctionContext,
    fn: (...tensors: Tensor[]) => Result,
    _trigger: Tensor | null,
    ...tensors: Tensor[]
  ) {
    ctx.fn = fn;
    ctx.devices = [...new Set(tensors.map(({ device }) => device))];
    ctx.rng = saveRng(ctx.devices as string[]);
    ctx.saveForBackward(...tensors);
    // Without a scope of its own, that of the caller would hold every intermediate.
    return scope(() => fn(...tensors));
  }

  static override backward(ctx: FunctionContext, ...gradients: (Tensor | null)[]) {
    const inputs = (ctx.savedTensors as Tensor[]).map((tensor, index) => {
      const leaf = tensor.detach();
      leaf.requiresGrad = ctx.needsInputGrad[index + 2];
      return leaf;
    });
    // Dropout must draw the same numbers as in the first forward.
    const after = saveRng(ctx.devices as string[]);
    restoreRng(ctx.rng as RngState);
    let result: Result;
    try {
      result = enableGrad(() => (ctx.fn as (...tensors: Tensor[]) => Result)(...inputs));
    } finally {
      restoreRng(after);
    }
    const outputs = result instanceof Tensor ? [result] : result;
    const wanted = outputs.map((output, index) => ({ output, gradient: gradients[index] }));
    const live = wanted.filter(({ output, gradient }) => gradient !== null && output.requiresGrad);
    // Where nothing inside is trained either, there is nothing to go back to.
    if (live.length > 0) {
      backward(
        live.map(({ output }) => output),
        { gradient: live.map(({ gradient }) => gradient) },
      );
    }
    return [null, null, ...inputs.map(scopedGrad)];
  }
}

/**
 * Runs `fn(...tensors)` without keeping its intermediates and runs it again in backward. Parameters that `fn` closes over
 * get their gradients too (through `backward`, not `grad`), also where none of the tensors requires grad.
 */
export function checkpoint<T extends Result>(fn: (...tensors: Tensor[]) => T, ...tensors: Tensor[]): T {
  checkFunction('checkpoint', fn);
  const needsTrigger = isGradEnabled() && !tensors.some(({ requiresGrad }) => requiresGrad);
  return Checkpoint.apply(fn, needsTrigger ? newTrigger() : null, ...tensors);
}

function newTrigger(): Tensor {
  const trigger = fromBuffer(new Float32Array(1), [1], 'float32');
  trigger.requiresGrad = true;
  return trigger;
}
