// What multiplies the policy's term of a tile's tokens: whether a token is kept at all, and the importance weight that
// corrects for a sampler other than the old policy.
#pragma once

#include "sequence_values.h"
#include "sums.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

// 0 for tokens whose policy term is dropped: of low entropy, or pushed down in a sequence that is off-policy.
template <class T>
void keepTokens(const Sequence<T>& sequence, bool offPolicy, const TileInputs<T>& in, T* keep) {
  const int size = in.tile.size;
  fill(keep, size, [](int) { return T(1); });
  if (offPolicy) fill(keep, size, [&](int t) { return in.advantage[t] < T(0) ? T(0) : keep[t]; });
  if (sequence.filteredByEntropy()) {
    alignas(64) TileArray<T> entropy;
    in.tile.load(entropy, sequence.batch.entropy);
    const T threshold = static_cast<T>(sequence.settings.entropyThreshold);
    fill(keep, size, [&](int t) { return entropy[t] >= threshold ? keep[t] : T(0); });
  }
}

// |old - sampler| over the tokens that the sampler scored.
template <class T>
void countDifferences(const TileInputs<T>& in, const T* difference, PolicySums& sums) {
  const int size = in.tile.size;
  const T* use = in.tile.use;
  alignas(64) TileArray<T> one;
  fill(one, size, [&](int t) { return difference[t] < T(0) ? -difference[t] : difference[t]; });
  sums.difference += sumOf(one, size);
  const double most = greatestOf(one, size);
  sums.differenceMax = most > sums.differenceMax ? most : sums.differenceMax;
  in.tile.load(one, in.tile.batch.sampler);
  sums.differenceCount += sumOfEach<T>(size, [&](int t) { return one[t] == one[t] ? use[t] : T(0); });
}

template <class T>
void countCorrections(const TileInputs<T>& in, const T* weight, PolicySums& sums) {
  const int size = in.tile.size;
  const T* use = in.tile.use;
  alignas(64) TileArray<T> one;
  fill(one, size, [&](int t) { return use[t] != T(0) ? weight[t] : T(kInfinity); });
  const double least = leastOf(one, size);
  fill(one, size, [&](int t) { return use[t] != T(0) ? weight[t] : T(-kInfinity); });
  const double largest = greatestOf(one, size);
  sums.correctionMin = least < sums.correctionMin ? least : sums.correctionMin;
  sums.correctionMax = largest > sums.correctionMax ? largest : sums.correctionMax;
  sums.correction += sumOfEach<T>(size, [&](int t) { return use[t] * weight[t]; });
  sums.correctionCount += sumOf(use, size);
}

// `ofSequence`: the sequence's weight, 1 where tokens have their own.
template <class T>
void correctTokens(const Sequence<T>& sequence, T ofSequence, const TileInputs<T>& in, T* correction,
                   PolicySums& sums) {
  const int size = in.tile.size;
  // VESPO has folded it into its weight.
  const bool folded = sequence.settings.form == Form::kGamma;
  const T whole = folded ? T(1) : ofSequence;
  fill(correction, size, [=](int) { return whole; });
  if (sequence.batch.sampler == nullptr) return;
  alignas(64) TileArray<T> difference, weight;
  in.samplerDifferences(difference);
  countDifferences(in, difference, sums);
  if (!sequence.corrected() || sequence.settings.correctSequences) return;
  fill(weight, size, [&](int t) { return sequence.boundedCorrection(exponential(boundedLogRatio(difference[t]))); });
  countCorrections(in, weight, sums);
  if (!folded) fill(correction, size, [&](int t) { return weight[t]; });
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
