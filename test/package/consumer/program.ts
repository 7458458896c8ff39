// A user's program: compiled against the packed types, as CommonJS (.cts) and as ESM (.mts).

import { type DType, type FunctionContext, nn, noGrad, optim, scope, Tensor, torch } from 'earsight';

const dtype: DType = 'float32';
const model = new nn.Linear(4, 2);
const parameters: Tensor[] = (model as nn.Module).parameters();
const optimizer = new optim.AdamW(parameters, { lr: 1e-3 });
const losses: number[] = [];

export function step(input: torch.Tensor): number {
  return scope(() => {
    const loss: torch.Tensor = model.forward(input).mul(2).mean();
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    losses.push(loss.item());
    return loss.item();
  });
}

export const allFinite: boolean = torch.ones([1]).isfinite().all().item<boolean>();

export function disposable(): boolean {
  using ones = torch.ones([2, 3], { dtype });
  const shape: readonly number[] = ones.shape;
  return noGrad(() => shape.length === 2 && ones instanceof Tensor && ones instanceof torch.Tensor);
}

class Scale extends torch.autograd.Function {
  static override forward(ctx: FunctionContext, x: Tensor, factor: number) {
    ctx.factor = factor;
    ctx.saveForBackward(x);
    return x.mul(factor);
  }

  static override backward(ctx: torch.autograd.FunctionContext, grad: Tensor) {
    const [x]: (Tensor | null)[] = ctx.savedTensors;
    return [ctx.needsInputGrad[0] && x !== null ? grad.mul(ctx.factor as number) : null, null];
  }
}
const scale: typeof torch.autograd.Function = Scale;
const generator: torch.Generator = new torch.Generator().manualSeed(1);
export const drawn: Tensor = scale.apply(torch.rand([2], { generator }), 2);

export function onlyInternal(ctx: FunctionContext): void {
  // A property of the author's own, like any other name.
  const id: unknown = ctx.callbackId;
  ctx.callbackId = `${id}`;
}

// @ts-expect-error a dtype that does not exist
torch.zeros([1], { dtype: 'float33' });
// @ts-expect-error an option that does not exist
torch.zeros([1], { dtyp: 'float32' });
// @ts-expect-error a value that no item has
torch.zeros([1]).item<string>();
