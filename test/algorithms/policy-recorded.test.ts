/** Every policy loss, fused and plain, against the recorded results of TRL and verl. */

import { type PolicyLossOptions, plainPolicyLoss, policyLoss } from '../../lib/algorithms/index.js';
import { policyBatch } from './policy-batch.js';
import { camelCase, expectPrinted, l1, recorded } from './recorded.js';

interface Case {
  name: string;
  options: Record<string, unknown>;
  loss: string;
  gradient?: (string | null)[];
  l1?: string;
}

const { losses, kl } = recorded('policy') as {
  losses: Case[];
  kl: { estimator: 'k1' | 'k2' | 'k3' | 'abs'; value: string }[];
};

function optionsOf(options: Record<string, unknown>, dtype: 'float64' | 'float32') {
  const { logp, ...batch } = policyBatch(undefined, dtype);
  const given = { ...batch, ...camelCase(options) } as PolicyLossOptions & { refLogp: unknown };
  // DRO's reference is the old policy.
  if (given.refLogp === ('old_logp' as unknown)) given.refLogp = batch.oldLogp;
  return { logp, options: given as PolicyLossOptions };
}

const ways = { fused: policyLoss, plain: plainPolicyLoss };

describe.each(['fused', 'plain'] as const)('%s', (way) => {
  test.each(losses)('$name', (recordedCase) => {
    const { logp, options } = optionsOf(recordedCase.options, 'float64');
    const { loss } = ways[way](logp, options);
    loss.backward();
    const gradient = logp.grad!.toArray() as number[];
    expectPrinted(loss.item() as number, recordedCase.loss);
    recordedCase.gradient?.forEach((printed, t) => {
      expectPrinted(gradient[t], printed);
    });
    expectPrinted(l1(gradient), recordedCase.l1);
  });

  test.each(kl)('KL over the mask, $estimator', ({ estimator, value }) => {
    const { logp, options } = optionsOf({}, 'float64');
    const { metrics } = ways[way](logp, { ...options, klEstimator: estimator });
    expectPrinted(metrics.kl.item() as number, value);
  });
});

test.each(losses)('in float32: $name', (recordedCase) => {
  const { logp, options } = optionsOf(recordedCase.options, 'float32');
  const { loss } = policyLoss(logp, options);
  expect(loss.dtype).toBe('float32');
  loss.backward();
  const gradient = logp.grad!.toArray() as number[];
  expectPrinted(loss.item() as number, recordedCase.loss, true);
  recordedCase.gradient?.forEach((printed, t) => {
    expectPrinted(gradient[t], printed, true);
  });
  expectPrinted(l1(gradient), recordedCase.l1, true);
});

describe('weights of the sampler correction, as printed', () => {
  const run = (options: Partial<PolicyLossOptions>) => {
    const { logp, ...batch } = policyBatch([0]);
    const { metrics } = policyLoss(logp, { ...batch, importanceCorrectionMax: null, ...options });
    return ['min', 'mean', 'max'].map(
      (name) => metrics[`sampling/importance_sampling_ratio/${name}`].item() as number,
    );
  };

  test('a token: .88692, 1, 1.127497, .941765, 1.061837, .88692', () => {
    const [min, mean, max] = run({ importanceCorrection: 'token_truncate' });
    expectPrinted(min, '.88692');
    expect(mean).toBeCloseTo((0.88692 + 1 + 1.127497 + 0.941765 + 1.061837 + 0.88692) / 6, 5);
    expectPrinted(max, '1.127497');
  });

  test('a sequence: .88692 by the sum, .980199 by the mean', () => {
    expectPrinted(run({ importanceCorrection: 'sequence_truncate' })[1], '.88692');
    expectPrinted(
      run({ importanceCorrection: 'sequence_truncate', importanceCorrectionReduction: 'mean' })[1],
      '.980199',
    );
  });
});
