#include "policy_loss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <vector>

#include "engine.h"

namespace earsight::policy {

namespace {

// Tokens of a task. Tasks are cut by the batch alone, so that any number of workers adds the same sums up.
constexpr int64_t kTaskTokens = 8192;

std::vector<int64_t> cutTasks(const int64_t* offsets, int64_t sequences) {
  std::vector<int64_t> bounds{0};
  for (int64_t i = 0; i < sequences; ++i) {
    if (offsets[i + 1] - offsets[bounds.back()] >= kTaskTokens) bounds.push_back(i + 1);
  }
  if (bounds.back() != sequences) bounds.push_back(sequences);
  return bounds;
}

constexpr std::array kEngines{
#if defined(EARSIGHT_X86_KERNELS)
    &kAvx512Engine, &kAvx2Engine,
#endif
    &kPortableEngine,
};

template <class T>
SequencePass<T> passOf(const Engine& engine) {
  if constexpr (std::is_same_v<T, float>) return engine.passOfFloats;
  else return engine.passOfDoubles;
}

double mean(double sum, double count) { return count > 0 ? sum / count : 0; }

// The least or largest of values with this sum: NaN where one of them is.
double extreme(double value, double sum, double count) { return sum != sum ? sum : count > 0 ? value : 0; }

PolicyResult summarise(const PolicySums& sums, double tokens) {
  PolicyResult result;
  result.loss = sums.loss;
  double* m = result.metrics;
  m[kKl] = mean(sums.kl, tokens);
  m[kEntropy] = mean(sums.entropy, tokens);
  m[kClipRatioLowMean] = mean(sums.clipLow, sums.clipCount);
  m[kClipRatioHighMean] = mean(sums.clipHigh, sums.clipCount);
  m[kClipRatioRegionMean] = mean(sums.clipLow + sums.clipHigh, sums.clipCount);
  m[kClipRatioLowMin] = sums.clipLowMin < kInfinity ? sums.clipLowMin : 0;
  m[kClipRatioHighMax] = sums.clipHighMax > -kInfinity ? sums.clipHighMax : 0;
  m[kSamplingSamplingLogpDifferenceMean] = mean(sums.difference, sums.differenceCount);
  m[kSamplingSamplingLogpDifferenceMax] = extreme(sums.differenceMax, sums.difference, sums.differenceCount);
  m[kSamplingImportanceSamplingRatioMean] = mean(sums.correction, sums.correctionCount);
  m[kSamplingImportanceSamplingRatioMin] = extreme(sums.correctionMin, sums.correction, sums.correctionCount);
  m[kSamplingImportanceSamplingRatioMax] = extreme(sums.correctionMax, sums.correction, sums.correctionCount);
  m[kVespoPhiSeqMean] = mean(sums.phi, sums.phiCount);
  return result;
}

}  // namespace

std::span<const Engine* const> engines() { return kEngines; }

const Engine& engineFor(Isa isa) {
  for (const Engine* engine : kEngines) {
    if (engine->isa <= isa) return *engine;
  }
  return kPortableEngine;
}

int64_t countTokens(const int64_t* offsets, int64_t sequences, const uint8_t* mask, int64_t* counts) {
  int64_t total = 0;
  for (int64_t i = 0; i < sequences; ++i) {
    int64_t count = offsets[i + 1] - offsets[i];
    if (mask != nullptr) {
      count = 0;
      for (int64_t t = offsets[i]; t < offsets[i + 1]; ++t) count += mask[t] != 0;
    }
    counts[i] = count;
    total += count;
  }
  return total;
}

template <class T>
double entropyThreshold(const T* entropy, const uint8_t* mask, int64_t tokens, double quantile) {
  std::vector<T> values;
  values.reserve(tokens);
  for (int64_t t = 0; t < tokens; ++t) {
    if (mask != nullptr && mask[t] == 0) continue;
    if (entropy[t] != entropy[t]) return NAN;
    values.push_back(entropy[t]);
  }
  if (values.empty()) return -kInfinity;
  const double rank = (1 - quantile) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<int64_t>(rank);
  const auto lower = values.begin() + below;
  std::nth_element(values.begin(), lower, values.end());
  const double fraction = rank - static_cast<double>(below);
  if (fraction == 0) return *lower;
  const T upper = *std::min_element(lower + 1, values.end());
  return *lower + fraction * (upper - *lower);
}

template <class T>
int64_t countKept(const T* entropy, const uint8_t* mask, int64_t tokens, double threshold) {
  int64_t kept = 0;
  for (int64_t t = 0; t < tokens; ++t) kept += (mask == nullptr || mask[t] != 0) && !(entropy[t] < static_cast<T>(threshold));
  return kept;
}

template <class T>
PolicyResult policyLoss(const PolicyBatch<T>& batch, const PolicySettings& settings, const Parallel& parallel) {
  const std::vector<int64_t> bounds = cutTasks(batch.offsets, batch.sequences);
  const auto tasks = static_cast<int64_t>(bounds.size()) - 1;
  std::vector<PolicySums> parts(tasks);
  const SequencePass<T> pass = passOf<T>(engineFor(chosenIsa()));
  forEachTask(parallel, tasks, [&](int64_t task, int) {
    pass(batch, settings, bounds[task], bounds[task + 1], parts[task]);
  });
  PolicySums sums;
  for (const PolicySums& part : parts) sums.add(part);
  double tokens = 0;
  for (int64_t i = 0; i < batch.sequences; ++i) tokens += static_cast<double>(batch.counts[i]);
  return summarise(sums, tokens);
}

template double entropyThreshold(const float*, const uint8_t*, int64_t, double);
template double entropyThreshold(const double*, const uint8_t*, int64_t, double);
template int64_t countKept(const float*, const uint8_t*, int64_t, double);
template int64_t countKept(const double*, const uint8_t*, int64_t, double);
template PolicyResult policyLoss(const PolicyBatch<float>&, const PolicySettings&, const Parallel&);
template PolicyResult policyLoss(const PolicyBatch<double>&, const PolicySettings&, const Parallel&);

}  // namespace earsight::policy
