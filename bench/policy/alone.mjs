// Our side of a row of bench/policy, for a machine whose Python has no torch: the same sizes, from Node.

import earsight from '../../dist/index.js';
import results from '../results-page.cjs';

const { kernels, torch } = earsight;

const int64 = (values) => torch.tensor(BigInt64Array.from(values, BigInt));

function headOf({ batch, tokens, width, vocabulary, dtype, mode, entropyWeight, keepLogits = false }) {
  const rows = batch * tokens;
  const hidden = torch.randn([rows, width]).to(dtype);
  const weight = torch
    .randn([vocabulary, width])
    .mul(3 / Math.sqrt(width))
    .to(dtype);
  const target = torch.randint(0, vocabulary, [rows], { dtype: 'int64' });
  const advantages = torch.randn([rows]);
  hidden.requiresGrad = mode !== 'forward';
  weight.requiresGrad = mode === 'full';
  const leaves = [hidden, weight].filter((leaf) => leaf.requiresGrad);
  return () => {
    const entropyWanted = entropyWeight !== 0;
    const { logp, entropy } = kernels.linearLogprob(hidden, weight, target, {
      entropy: entropyWanted,
      keepLogits,
    });
    if (leaves.length === 0) return;
    const loss = logp.mul(advantages).mean().neg();
    torch.autograd.grad([entropyWanted ? loss.sub(entropy.mean().mul(entropyWeight)) : loss], leaves);
  };
}

/** Ragged completions of 1 to `longest` tokens, as many as make up `tokens`. */
function lossOf({ tokens, longest, full }) {
  const ends = [0];
  while (ends.at(-1) < tokens) ends.push(Math.min(tokens, ends.at(-1) + 1 + ((ends.length * 617) % longest)));
  const logp = torch.rand([tokens]).mul(-3);
  const near = (x, deviation) => x.detach().add(torch.randn([tokens]).mul(deviation));
  const oldLogp = near(logp, 0.1);
  logp.requiresGrad = true;
  const options = {
    type: 'dapo',
    epsilonHigh: 0.28,
    advantages: torch.randn([ends.length - 1]),
    cuSeqlens: int64(ends),
    oldLogp,
    mask: torch.rand([tokens]).gt(0.02),
    entropy: torch.rand([tokens]),
    ...(full && {
      refLogp: near(logp, 0.1),
      samplerLogp: near(oldLogp, 0.05),
      beta: 0.04,
      importanceCorrection: 'token_truncate',
      importanceCorrectionMax: 3,
    }),
  };
  return () => torch.autograd.grad([kernels.policyLoss(logp, options).loss], [logp]);
}

function advantagesOf({ groups, size }) {
  const rewards = torch.rand([groups * size, 2]);
  const offsets = int64(Array.from({ length: groups + 1 }, (_, group) => group * size));
  return () => kernels.groupAdvantage(rewards, offsets, { weights: [1, 0.5] });
}

const kinds = { heads: headOf, losses: lossOf, advantages: advantagesOf };

export const partsOf = (row) => ({ run: kinds[row.kind](row) });

export const lineOf = ({ id }, { run }) => `${id}; ${results.digits(1e3 * run)} ms`;
