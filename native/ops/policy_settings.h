// The settings of earsight::policy_loss: what its fields mean together, and for a batch.
#pragma once

#include <cstdint>

#include "../kernels/policy/policy_loss.h"

namespace earsight {

// What the checks and the denominators need to know of the batch.
struct PolicyCounts {
  int64_t tokens = 0, sequences = 0;  // tokens in the loss, sequences
  bool hasRef = false, hasSampler = false, hasEntropy = false;
};

// Everything but what depends on entropies (entropyThreshold from a quantile, entropyWeight).
policy::PolicySettings policySettings(const policy::PolicyLossRow& loss, const policy::PolicyFields& fields,
                                      const PolicyCounts& counts);

// The entropy bonus of one of `kept` tokens: coef / (global tokens, times the fraction that is kept here).
double entropyBonusWeight(const policy::PolicyFields& fields, const PolicyCounts& counts, int64_t kept);

}  // namespace earsight
