import { sftLoss } from '../../lib/algorithms/index.js';
import { torch } from '../../lib/tensor/index.js';

test('the SFT loss is the token mean over the whole step', () => {
  const logp = torch.tensor([-1, -2, -6], { requiresGrad: true });
  expect(sftLoss(logp).item()).toBeCloseTo(3, 6);
  const part = sftLoss(logp, 12);
  expect(part.item()).toBeCloseTo(0.75, 6);
  part.backward();
  expect(logp.grad!.toArray()).toEqual([-1 / 12, -1 / 12, -1 / 12].map(Math.fround));
});
