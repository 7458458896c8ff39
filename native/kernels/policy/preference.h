// The DPO family: the loss of pairs of completions, with its derivatives in closed form. Pairs are few numbers: all in
// float64.
//
//   c, l: log pi / pi_ref of the chosen and the rejected completion, summed over tokens; b = beta
//   D = f(c) - f(l) with the score map f of the divergence (f(x) = x for reverse KL)
#pragma once

#include <cstdint>

namespace earsight::policy {

enum class Preference {
  kSigmoid,      // -logsig(bD - margin), label smoothing as in cDPO            DPO, arXiv 2305.18290
  kHinge,        // relu(1 - bD)                                                SLiC, arXiv 2305.10425
  kIpo,          // (D - 1 / (2b))^2, scores averaged over tokens where lengths are given   arXiv 2310.12036
  kExoPair,      // KL of the pair's softmax from (1 - e, e)                    EXO, arXiv 2402.00856
  kNcaPair,      // -logsig(bc) - logsig(-bc) / 2 - logsig(-bl) / 2             arXiv 2402.05369
  kRobust,       // (-(1 - e) logsig(bD) + e logsig(-bD)) / (1 - 2e)            arXiv 2403.00409
  kBcoPair,      // -logsig(bc) - logsig(-bl)                                   arXiv 2404.04656
  kSppoHard,     // (c - 1 / (2b))^2 + (l + 1 / (2b))^2                         arXiv 2405.00675
  kApoZero,      // 1 - sig(bc) + sig(bl)                                       arXiv 2408.06266
  kApoDown,      // sig(bc) + 1 - sig(b(c - l))
  kAot,          // sigmoid on margins and reference margins, each sorted over the batch    AOT, arXiv 2406.05882
  kAotUnpaired,  // sigmoid on c and l, each sorted over the batch
  kDiscopop,     // logistic and exponential blended by sig(bD / tau)           arXiv 2406.08414
  kProcess,      // -(alpha logsig(bD) + (1 - alpha) logsig(-bD))               process DPO, arXiv 2502.11775
};

// [pairs] each; null: 1 for lengths and weights, 0 for the reference margin.
struct PreferenceInput {
  int64_t pairs = 0;
  const double *chosen = nullptr, *rejected = nullptr;              // c, l
  const double *alpha = nullptr;                                    // kProcess: probability that c is preferred
  const double *weight = nullptr;
  const double *chosenLengths = nullptr, *rejectedLengths = nullptr;  // scores are averaged over them
  const double *referenceMargin = nullptr;                          // log pi_ref(chosen) / pi_ref(rejected), for kAot
};

enum class Divergence { kReverseKl, kForwardKl, kJs, kAlpha };

struct PreferenceSettings {
  Preference type = Preference::kSigmoid;
  Divergence divergence = Divergence::kReverseKl;
  double divergenceAlpha = 0.5;
  double beta = 0.1, labelSmoothing = 0, margin = 0, discopopTau = 0.05;
};

// Sum over pairs of weight * loss; its derivatives go to gradChosen and gradRejected [pairs].
double preferenceLoss(const PreferenceInput& input, const PreferenceSettings& settings, double* gradChosen,
                      double* gradRejected);

}  // namespace earsight::policy
