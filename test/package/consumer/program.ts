// A user's program: compiled against the packed types, as CommonJS (.cts) and as ESM (.mts).

import { type DType, nn, noGrad, optim, scope, Tensor, torch } from 'earsight';

const dtype: DType = 'float32';
const model = new nn.Linear(4, 2);
const parameters: Tensor[] = (model as nn.Module).parameters();
const optimizer = new optim.AdamW(parameters, { lr: 1e-3 });

export function step(input: Tensor): number {
  return scope(() => {
    const loss: Tensor = model.forward(input).mul(2).mean();
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return Number(loss.item());
  });
}

export function disposable(): boolean {
  using ones = torch.ones([2, 3], { dtype });
  const shape: readonly number[] = ones.shape;
  return noGrad(() => shape.length === 2 && ones instanceof Tensor);
}

// @ts-expect-error a dtype that does not exist
torch.zeros([1], { dtype: 'float33' });
// @ts-expect-error an option that does not exist
torch.zeros([1], { dtyp: 'float32' });
