/** Every policy loss, fused and reference, against the recorded results of TRL and verl. */

import { type PolicyLossOptions, policyLoss, referencePolicyLoss } from '../../lib/algorithms/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { LENGTHS, policyBatch } from './policy-batch.js';
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

const ways = { fused: policyLoss, reference: referencePolicyLoss };

test('the batch: the first completion as printed', () => {
  const { logp, oldLogp, refLogp, samplerLogp, advantages } = policyBatch();
  const printed: [Tensor, string[]][] = [
    [logp, ['-.2', '-.65', '-1.1', '-.5', '-.95', '-.35']],
    [logp.sub(oldLogp), ['-.36', '.24', '0', '-.24', '.36', '.12']],
    [refLogp.sub(logp), ['-.2', '0', '.2', '-.1', '.1', '-.2']],
    [oldLogp.sub(samplerLogp), ['-.12', '0', '.12', '-.06', '.06', '-.12']],
    [advantages, ['1.30531', '-.783186', '.261062', '-.783186']],
  ];
  for (const [tensor, values] of printed) {
    // A sum of decimals may miss an exact 0 by a unit of its last place.
    const found = (tensor.detach().toArray() as number[]).map((value) => Math.round(value * 1e12) / 1e12);
    values.forEach((value, t) => {
      expectPrinted(found[t], value);
    });
  }
});

describe.each(['fused', 'reference'] as const)('%s', (way) => {
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

describe.each(['float64', 'float32'] as const)('one at a time, in %s', (dtype) => {
  const low = dtype === 'float32';
  /** A metric of a batch where all but the given token of the given completion is masked, or none of it. */
  const metricOf = (name: string, row: number, token: number | null, options: Partial<PolicyLossOptions>) => {
    const { logp, ...batch } = policyBatch([row], dtype);
    const mask = token === null ? null : torch.arange(LENGTHS[row]).eq(token);
    return policyLoss(logp, { ...batch, mask, ...options }).metrics[name].item() as number;
  };
  const correction = 'sampling/importance_sampling_ratio/mean';

  test.each(kl)('KL over the mask, $estimator', ({ estimator, value }) => {
    const { logp, options } = optionsOf({}, dtype);
    expectPrinted(
      policyLoss(logp, { ...options, klEstimator: estimator }).metrics.kl.item() as number,
      value,
      low,
    );
  });

  test('the sampler correction of tokens', () => {
    const options = { importanceCorrection: 'token_truncate', importanceCorrectionMax: null } as const;
    ['.88692', '1', '1.127497', '.941765', '1.061837', '.88692'].forEach((printed, t) => {
      expectPrinted(metricOf(correction, 0, t, options), printed, low);
    });
  });

  test.each([
    ['sum', ['.88692', '.941765', '1', '.88692']],
    ['mean', ['.980199', '.985112', '1', '.941765']],
  ] as const)('the sampler correction of sequences by the %s', (importanceCorrectionReduction, printed) => {
    const importanceCorrection = 'sequence_truncate';
    const options = {
      importanceCorrection,
      importanceCorrectionMax: null,
      importanceCorrectionReduction,
    } as const;
    printed.forEach((value, row) => {
      expectPrinted(metricOf(correction, row, null, options), value, low);
    });
  });

  test('the weights of VESPO', () => {
    ['.867196', '1.19423', '.716235', '.507851'].forEach((printed, row) => {
      // Alone a completion keeps its advantage.
      expectPrinted(metricOf('vespo/phi_seq_mean', row, null, { type: 'vespo' }), printed, low);
    });
  });
});
