// Group-relative advantages: each completion's reward against those of its own prompt. Groups are ragged; a reward that
// is NaN was not scored and takes part in no statistic.
#pragma once

#include <cstdint>

#include "../parallel.h"

namespace earsight::policy {

//   R_i = sum_k w_k r_ik over the scored rewards of completion i; means and deviations over the scored completions
enum class AdvantageMode {
  kGroup,            // (R - mean_g) / (std_g + eps)                    GRPO, arXiv 2402.03300
  kNone,             // R - mean_g                                      Dr. GRPO, arXiv 2503.20783
  kBatch,            // (R - mean_g) / (std of all R + eps)             TRL's scale_rewards "batch"
  kLeaveOneOut,      // R - mean of the others                          RLOO, arXiv 2402.14740
  kNormalizeThenSum, // z = sum_k w_k (r_k - mean_gk) / (std_gk + eps); (z - mean z) / (std z + batchEps)  GDPO,
                     // arXiv 2601.05242
  kReinforcePlusPlusBaseline,  // c = R - mean_g; (c - mean c) / sqrt(var c + eps)       arXiv 2501.03262
  kPassAtK,          // only the best of a group: (R - second best) / (std_g + eps)      arXiv 2503.19595
  kLengthBaseline,   // R - sum(length R) / sum(length) of the group                     OPO, arXiv 2505.23585
};

struct AdvantageSettings {
  AdvantageMode mode = AdvantageMode::kGroup;
  double eps = 1e-4, batchEps = 1e-4;
  bool unbiased = true;  // deviations divide by n - 1
};

struct AdvantageInput {
  int64_t completions = 0, rewards = 1, groups = 0;  // K rewards a completion
  const double* values = nullptr;                    // [completions, K]
  const double* weights = nullptr;                   // [K]; null: 1 each
  const int64_t* offsets = nullptr;                  // [groups + 1]
  // [completions]; a completion counts in the batch's mean and deviation once for each token; null: 1 each. OPO needs it.
  const int64_t* lengths = nullptr;
};

// out [completions]. 0 for what was not scored, for groups of one, and where no reward of the group differs. A reward of
// weight 0 is as if it were not there: what it alone has scored is not scored.
void groupAdvantage(const AdvantageInput& input, const AdvantageSettings& settings, double* out,
                    const Parallel& parallel);

}  // namespace earsight::policy
