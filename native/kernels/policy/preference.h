// The DPO family: the loss of pairs of completions (the table in lib/kernels/preference-losses.ts), with its derivatives
// in closed form. Pairs are few numbers: all in float64.
//
//   c, l: log pi / pi_ref of the chosen and the rejected completion, summed over tokens; b = beta
//   D = f(c) - f(l) with the score map f of the divergence (f(x) = x for reverse KL)
#pragma once

#include <cstdint>

#include "losses.generated.h"

namespace earsight::policy {

// [pairs] each; null: 1 for lengths and weights, 0 for the reference margin.
struct PreferenceInput {
  int64_t pairs = 0;
  const double *chosen = nullptr, *rejected = nullptr;              // c, l
  const double *alpha = nullptr;                                    // kProcess: probability that c is preferred
  const double *weight = nullptr;
  const double *chosenLengths = nullptr, *rejectedLengths = nullptr;  // scores are averaged over them
  const double *referenceMargin = nullptr;                          // log pi_ref(chosen) / pi_ref(rejected), for kAot
};

struct PreferenceSettings : PreferenceFields {
  Preference loss = Preference::kSigmoid;
};

// Sum over pairs of weight * loss; its derivatives go to gradChosen and gradRejected [pairs].
double preferenceLoss(const PreferenceInput& input, const PreferenceSettings& settings, double* gradChosen,
                      double* gradRejected);

}  // namespace earsight::policy
