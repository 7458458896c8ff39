// Softmax and its gradient of a tile of scores, between the matrix products. A tile is [tokens of the vocabulary][kPanel
// hidden rows]: each lane is one hidden row, so nothing is reduced across lanes. Differences of scores are clamped at
// K::kLowest, where e^x is 0: -inf times 0 would be NaN.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "products.h"

namespace {

// Scores of a tile: products times scale, plus a bias that has been scaled already.
template <typename K>
struct Scale {
  typename K::Accumulator factor;
  const typename K::Accumulator* bias;  // of the tile's first token, or null
};

// body(vec) for each of several independent vectors, unrolled, to keep the arithmetic units busy.
template <int kVecCount, typename Body>
void eachVec(const Body& body) {
  [&]<size_t... vec>(std::index_sequence<vec...>) {
    (body(std::integral_constant<size_t, vec>{}), ...);
  }(std::make_index_sequence<kVecCount>{});
}

// Calls body with the constant `vecs`, 1 .. K::kVecs.
template <typename K, typename Body>
void withVecs(int64_t vecs, const Body& body) {
  [&]<size_t... i>(std::index_sequence<i...>) {
    ((vecs == static_cast<int64_t>(i) + 1 ? body(std::integral_constant<int, i + 1>{}) : void()), ...);
  }(std::make_index_sequence<K::kVecs>{});
}

template <typename K>
void scaleScores(typename K::Accumulator* tile, int64_t tokens, int64_t vecs, const Scale<K>& scale) {
  using Vec = typename K::Vec;
  const Vec factor = K::set(scale.factor);
  withVecs<K>(vecs, [&](auto count) {
    for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>) {
      const Vec bias = scale.bias == nullptr ? K::zero() : K::set(scale.bias[v]);
      eachVec<count>(
          [&](auto j) { K::store(tile + j * K::kLanes, K::fma(K::load(tile + j * K::kLanes), factor, bias)); });
    }
  });
}

// Of the tokens seen so far, per hidden row: the largest score m, sum = sum e^(z - m), moment = sum (z - m) e^(z - m).
template <typename K>
struct Running {
  typename K::Accumulator *largest, *sum, *moment;
  typename K::Accumulator* factor;  // out: by what the latest tile rescales earlier sums

  Running from(int64_t row) const { return {largest + row, sum + row, moment + row, factor + row}; }
};

// Replaces scores by e^(z - m), where m includes them: an almost certain token is exactly 1, which rounding to fewer bits
// does not change.
template <typename K>
void onlineSoftmax(typename K::Accumulator* tile, int64_t tokens, int64_t vecs, const Running<K>& running) {
  using Vec = typename K::Vec;
  const Vec lowest = K::set(K::kLowest);
  withVecs<K>(vecs, [&](auto count) {
    constexpr int kLanes = K::kLanes;
    Vec base[count], sum[count], moment[count];
    eachVec<count>([&](auto j) { base[j] = K::load(running.largest + j * kLanes); });
    for (int64_t v = 0; v < tokens; ++v) {
      eachVec<count>([&](auto j) { base[j] = K::max(base[j], K::load(tile + v * kPanel<K> + j * kLanes)); });
    }
    eachVec<count>([&](auto j) {
      const Vec before = K::load(running.largest + j * kLanes);
      K::store(running.largest + j * kLanes, base[j]);
      // All scores so far are -inf: any finite base makes zeros of them.
      base[j] = K::zeroWhere(base[j], -std::numeric_limits<typename K::Accumulator>::infinity());
      const Vec shift = K::max(lowest, K::sub(before, base[j]));
      const Vec factor = K::exp(shift), earlier = K::mul(K::load(running.sum + j * kLanes), factor);
      K::store(running.factor + j * kLanes, factor);
      K::store(running.moment + j * kLanes,
               K::fma(earlier, shift, K::mul(K::load(running.moment + j * kLanes), factor)));
      K::store(running.sum + j * kLanes, earlier);
      // A tile has sums of its own: added to the large total, the many small terms of a large vocabulary would vanish.
      sum[j] = moment[j] = K::zero();
    });
    for (int64_t v = 0; v < tokens; ++v) {
      auto* scores = tile + v * kPanel<K>;
      eachVec<count>([&](auto j) {
        const Vec distance = K::max(lowest, K::sub(K::load(scores + j * kLanes), base[j]));
        const Vec e = K::exp(distance);
        sum[j] = K::add(sum[j], e);
        moment[j] = K::fma(e, distance, moment[j]);
        K::store(scores + j * kLanes, e);
      });
    }
    eachVec<count>([&](auto j) {
      K::store(running.sum + j * kLanes, K::add(K::load(running.sum + j * kLanes), sum[j]));
      K::store(running.moment + j * kLanes, K::add(K::load(running.moment + j * kLanes), moment[j]));
    });
  });
}

// The term of dz that every token has, -p (constant + dEntropy (z - lse)), by hidden row.
template <typename K>
struct ScoreGradientTerms {
  const typename K::Accumulator *lse, *constant, *dEntropy;
};

// Replaces scores by that term.
template <typename K>
void scoreGradient(typename K::Accumulator* tile, int64_t tokens, int64_t vecs, const ScoreGradientTerms<K>& terms) {
  using Vec = typename K::Vec;
  const Vec lowest = K::set(K::kLowest);
  withVecs<K>(vecs, [&](auto count) {
    constexpr int kLanes = K::kLanes;
    Vec lse[count], constant[count], dEntropy[count];
    eachVec<count>([&](auto j) {
      lse[j] = K::load(terms.lse + j * kLanes);
      constant[j] = K::sub(K::zero(), K::load(terms.constant + j * kLanes));
      dEntropy[j] = K::sub(K::zero(), K::load(terms.dEntropy + j * kLanes));
    });
    for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>) {
      eachVec<count>([&](auto j) {
        const Vec distance = K::max(lowest, K::sub(K::load(tile + j * kLanes), lse[j]));
        K::store(tile + j * kLanes, K::mul(K::exp(distance), K::fma(dEntropy[j], distance, constant[j])));
      });
    }
  });
}

// A tile as steps `first` .. of the left operand of a product over `steps` steps of tokens: items [step][kPanel].
template <typename K>
  requires(!kTiled<K>)
void itemsDown(const typename K::Accumulator* tile, int64_t tokens, int64_t vecs, typename K::Item* items,
               int64_t first, [[maybe_unused]] int64_t steps) {
  items += first * kPanel<K>;
  for (int64_t v = 0; v < tokens; v += K::kDepth, items += kPanel<K>) {
    for (int64_t j = 0; j < vecs * K::kLanes; j += K::kLanes) {
      typename K::Vec rows[K::kDepth];
      for (int64_t i = 0; i < K::kDepth; ++i) {
        rows[i] = v + i < tokens ? K::load(tile + (v + i) * kPanel<K> + j) : K::zero();
      }
      K::storeDown(items + j, rows);
    }
  }
}

template <typename K>
  requires(!kTiled<K>)
Left<K> leftDown(const typename K::Item* items, int64_t) {
  return {items, 1, kPanel<K>};
}

// A tile as the left operand of a product over its hidden rows: items [token][stride]. Adds the sum of each token's row to
// `sums` unless that is null.
template <typename K>
void itemsAlong(const typename K::Accumulator* tile, int64_t tokens, int64_t vecs, typename K::Item* items,
                int64_t stride, typename K::Accumulator* sums) {
  for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>, items += stride) {
    typename K::Vec sum = K::zero();
    for (int64_t j = 0; j < vecs; ++j) {
      const typename K::Vec x = K::load(tile + j * K::kLanes);
      sum = K::add(sum, x);
      K::storeAlong(items + j * K::kLanes / K::kDepth, x);
    }
    if (sums != nullptr) sums[v] += K::sum(sum);
  }
}

}  // namespace
