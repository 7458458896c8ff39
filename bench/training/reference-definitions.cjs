// Puts the reference definitions, in tensor operations, in the place of our kernels for the head's log-probabilities, the
// policy loss and the advantages: for a process that compares the two. (Attention's definition is asked for by
// EARSIGHT_AV_ATTENTION=dense.)

const { join } = require('node:path');

const dist = join(__dirname, '..', '..', 'dist');

function useReferenceDefinitions() {
  const { referenceGroupAdvantage, referencePolicyLoss, tokenLogprobs } = require(
    `${dist}/algorithms/index.js`,
  );
  const { torch } = require(`${dist}/tensor/index.js`);
  // All callers find them in these modules.
  require(`${dist}/kernels/linear-logprob.js`).linearLogprob = (
    hidden,
    weight,
    target,
    { rows, ...options },
  ) => tokenLogprobs(hidden, weight, target, rows, options);
  require(`${dist}/kernels/policy-loss.js`).policyLoss = referencePolicyLoss;
  require(`${dist}/kernels/group-advantage.js`).groupAdvantage = (
    rewards,
    offsets,
    { lengths, ...options },
  ) => {
    const advantages = referenceGroupAdvantage(rewards.toArray(), offsets.toArray(), {
      ...options,
      ...(lengths && { lengths: lengths.toArray() }),
    });
    return torch.tensor(Float64Array.from(advantages));
  };
}

module.exports = { useReferenceDefinitions };
