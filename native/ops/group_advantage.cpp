// earsight::group_advantage: native/kernels/policy/advantage.h as an operator. Rewards are few numbers that come from
// the host: the arithmetic is done there in float64, wherever the tensor lies.
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <cmath>

#include "../kernels/policy/advantage.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using policy::AdvantageMode;
using OptionalTensor = std::optional<at::Tensor>;

constexpr const char* kOp = "group_advantage";

AdvantageMode parseMode(c10::string_view name) {
  constexpr std::pair<const char*, AdvantageMode> kModes[] = {
      {"group", AdvantageMode::kGroup},
      {"none", AdvantageMode::kNone},
      {"batch", AdvantageMode::kBatch},
      {"rloo", AdvantageMode::kLeaveOneOut},
      {"normalize_then_sum", AdvantageMode::kNormalizeThenSum},
      {"reinforce_plus_plus_baseline", AdvantageMode::kReinforcePlusPlusBaseline},
      {"pass_at_k", AdvantageMode::kPassAtK},
      {"opo", AdvantageMode::kLengthBaseline}};
  for (const auto& [known, mode] : kModes) {
    if (name == known) return mode;
  }
  TORCH_CHECK_VALUE(false, kOp, ": mode: expected group, none, batch, rloo, normalize_then_sum, "
                    "reinforce_plus_plus_baseline, pass_at_k or opo, got ", name);
}

// TRL's constants, verl's where TRL has none.
double defaultEps(AdvantageMode mode) {
  switch (mode) {
    case AdvantageMode::kReinforcePlusPlusBaseline: return 1e-8;
    case AdvantageMode::kPassAtK: return 1e-6;
    default: return 1e-4;
  }
}

at::Tensor counts(const char* name, const at::Tensor& tensor, int64_t expected, const char* shape, at::Device first) {
  TORCH_CHECK_TYPE(tensor.scalar_type() == at::kLong, kOp, ": ", name, ": expected dtype int64, got ",
                   tensor.scalar_type());
  TORCH_CHECK_VALUE(tensor.dim() == 1 && (expected < 0 ? tensor.numel() > 0 : tensor.numel() == expected), kOp, ": ",
                    name, ": expected shape ", shape, ", got ", tensor.sizes());
  return hostValues(kOp, name, tensor, first);
}

void checkOffsets(const at::Tensor& offsets, int64_t completions) {
  if (offsets.is_meta()) return;
  const int64_t* bound = offsets.const_data_ptr<int64_t>();
  const int64_t groups = offsets.numel() - 1;
  bool ascending = bound[0] == 0 && bound[groups] == completions;
  for (int64_t g = 0; g < groups; ++g) ascending &= bound[g] <= bound[g + 1];
  TORCH_CHECK_VALUE(ascending, kOp, ": offsets: expected to ascend from 0 to the ", completions, " completions, got ",
                    c10::IntArrayRef(bound, groups + 1));
}

at::Tensor groupAdvantage(const at::Tensor& rewards, const at::Tensor& offsets, c10::string_view modeName,
                          std::optional<double> eps, std::optional<double> batchEps, bool unbiased,
                          const OptionalTensor& weights, const OptionalTensor& lengths) {
  const AdvantageMode mode = parseMode(modeName);
  TORCH_CHECK_TYPE(at::isFloatingType(rewards.scalar_type()), kOp, ": rewards: expected a floating dtype, got ",
                   rewards.scalar_type());
  TORCH_CHECK_VALUE(rewards.dim() == 1 || rewards.dim() == 2, kOp,
                    ": rewards: expected shape [completions] or [completions, rewards], got ", rewards.sizes());
  TORCH_CHECK_VALUE(mode != AdvantageMode::kLengthBaseline || (lengths.has_value() && lengths->defined()), kOp,
                    ": lengths: missing; mode opo weights rewards by them");
  const int64_t completions = rewards.size(0), k = rewards.dim() == 2 ? rewards.size(1) : 1;
  const at::Tensor values = hostValues(kOp, "rewards", rewards.detach().to(at::kDouble), rewards.device());
  const at::Tensor bounds = counts("offsets", offsets, -1, "[groups + 1]", rewards.device());
  checkOffsets(bounds, completions);

  policy::AdvantageInput input;
  input.completions = completions;
  input.rewards = k;
  input.groups = bounds.numel() - 1;
  input.values = valuesOrNull<double>(values);
  input.offsets = valuesOrNull<int64_t>(bounds);
  at::Tensor factors, tokens;
  if (weights.has_value() && weights->defined()) {
    TORCH_CHECK_VALUE(weights->numel() == k, kOp, ": weights: expected one for each of ", k, " rewards, got ",
                      weights->sizes());
    factors = hostValues(kOp, "weights", weights->detach().to(at::kDouble), rewards.device());
    checkValues<double>(kOp, "weights", factors, "finite numbers", [](double weight) { return std::isfinite(weight); });
    input.weights = valuesOrNull<double>(factors);
  }
  if (lengths.has_value() && lengths->defined()) {
    tokens = counts("lengths", *lengths, completions, "[completions]", rewards.device());
    checkValues<int64_t>(kOp, "lengths", tokens, "counts from 0 up", [](int64_t length) { return length >= 0; });
    input.lengths = valuesOrNull<int64_t>(tokens);
  }
  policy::AdvantageSettings settings;
  settings.mode = mode;
  settings.eps = eps.value_or(defaultEps(mode));
  settings.batchEps = batchEps.value_or(settings.eps);
  settings.unbiased = unbiased;
  TORCH_CHECK_VALUE(settings.eps >= 0 && settings.batchEps >= 0, kOp, ": eps: expected a number >= 0, got ",
                    settings.eps, " and ", settings.batchEps);
  if (rewards.is_meta()) return at::empty({completions}, rewards.options());
  const at::Tensor out = at::empty({completions}, at::kDouble);
  policy::groupAdvantage(input, settings, out.mutable_data_ptr<double>(), torchParallel());
  return out.to(rewards.options());
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("group_advantage", groupAdvantage); }

}  // namespace earsight
