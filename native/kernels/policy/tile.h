// A run of tokens of one sequence in local arrays, padded to whole vectors, and the loops over it. Every loop is plain
// and of a fixed step, so that the compiler turns it into vectors; a masked or padded token is loaded as zeros, whatever
// it holds, so that nothing after the load needs to ask.
#pragma once

#include "terms.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

constexpr int kTile = 256;
constexpr int kLanes = 16;  // sums run over this many lanes whatever the instruction set

template <class T>
constexpr T kLeastLogp = sizeof(T) == sizeof(float) ? T(-87.3365448) : T(-708.396418532264);

template <class T>
using TileArray = T[kTile];

template <class T, class Function>
inline void fill(T* out, int size, const Function& function) {
  for (int t = 0; t < size; ++t) out[t] = function(t);
}

// Folds `values`, lane by lane. An array and never an expression: of a fold with a choice in it GCC 12 makes no vectors,
// and wrong ones for double.
template <class T, class Fold>
inline T foldLanes(const T* values, int size, T start, const Fold& fold) {
  T lanes[kLanes];
  for (int l = 0; l < kLanes; ++l) lanes[l] = start;
  for (int t = 0; t < size; t += kLanes) {
    for (int l = 0; l < kLanes; ++l) lanes[l] = fold(lanes[l], values[t + l]);
  }
  T result = start;
  for (int l = 0; l < kLanes; ++l) result = fold(result, lanes[l]);
  return result;
}

template <class T>
inline double sumOf(const T* values, int size) {
  return foldLanes(values, size, T(0), [](T a, T b) { return a + b; });
}

template <class T>
inline double leastOf(const T* values, int size) {
  return foldLanes(values, size, T(kInfinity), [](T a, T b) { return b < a ? b : a; });
}

template <class T>
inline double greatestOf(const T* values, int size) {
  return foldLanes(values, size, T(-kInfinity), [](T a, T b) { return b > a ? b : a; });
}

// The sum of function(t).
template <class T, class Function>
inline double sumOfEach(int size, const Function& function) {
  alignas(64) TileArray<T> values;
  fill(values, size, function);
  return sumOf(values, size);
}

// The tokens [at, at + count) of a batch.
template <class T>
struct Tile {
  const PolicyBatch<T>& batch;
  int64_t at;
  int count, size;  // size: count rounded up to whole lanes
  alignas(64) TileArray<T> use;  // 1 in the loss, 0 not

  Tile(const PolicyBatch<T>& from, int64_t begin, int64_t end)
      : batch(from),
        at(begin),
        count(static_cast<int>(end - begin < kTile ? end - begin : kTile)),
        size((count + kLanes - 1) / kLanes * kLanes) {
    for (int t = 0; t < count; ++t) use[t] = batch.mask == nullptr || batch.mask[at + t] != 0 ? T(1) : T(0);
    for (int t = count; t < size; ++t) use[t] = T(0);
  }

  // change(value) where the token is in the loss, else 0.
  template <class Change>
  void load(T* out, const T* from, const Change& change) const {
    from += at;
    // The next tile's: a tile is too short for the hardware to foresee it in each of seven streams.
    for (int t = 0; t < kTile; t += 64 / static_cast<int>(sizeof(T))) __builtin_prefetch(from + kTile + t);
    if (batch.mask == nullptr) {
      for (int t = 0; t < count; ++t) out[t] = change(from[t]);
    } else {
      for (int t = 0; t < count; ++t) out[t] = use[t] != T(0) ? change(from[t]) : T(0);
    }
    for (int t = count; t < size; ++t) out[t] = T(0);
  }

  void load(T* out, const T* from) const {
    load(out, from, [](T x) { return x; });
  }

  // A token of probability 0 counts as one of the smallest: its logarithm stays finite.
  void loadLogp(T* out, const T* from) const {
    load(out, from, [](T x) { return x < kLeastLogp<T> ? kLeastLogp<T> : x; });
  }

  void loadAdvantages(T* out, int64_t sequence) const {
    if (batch.advantagePerToken) return load(out, batch.advantages);
    const T advantage = batch.advantages[sequence];
    fill(out, size, [&](int t) { return use[t] != T(0) ? advantage : T(0); });
  }
};

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
