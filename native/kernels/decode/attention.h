// Attention of a pass's rows over the cache. A task takes a chunk of keys, one key head, and the query heads of its group in
// all rows of the task as the rows of one product.
#pragma once

#include <cmath>
#include <vector>

#include "attention_plan.h"
#include "engine.h"
#include "products.h"

namespace {

using earsight::decode::Attention;
using earsight::decode::AttentionPlan;
using earsight::decode::kChunk;
using earsight::decode::KvNode;
using earsight::decode::KvShape;
using earsight::decode::Row;

// Partial results, a slot and query head each: largest score, sum of exponentials, and their weighted sum of the values.
struct Partials {
  int64_t heads, width;  // width: headDim, rounded up to whole panels
  float* data;

  static int64_t floats(int64_t heads, int64_t width) { return heads * (width + 2); }
  float* at(int64_t slot, int64_t head) const { return data + (slot * heads + head) * (width + 2); }
};

// Buffers of one worker.
struct AttentionBuffers {
  std::vector<float> q, scores, weights, sums;

  void fit(int64_t headDim, int64_t width) {
    q.resize(headDim * Vectors::kMaxRows);
    scores.resize(kChunk * Vectors::kMaxRows);
    weights.resize(kChunk * Vectors::kMaxRows);
    sums.resize(width * Vectors::kMaxRows);
  }
};

// count: of whole panels, here and below.
inline float largestOf(const float* x, int64_t count) {
  Vec largest = Vectors::load(x);
  for (int64_t i = Vectors::kLanes; i < count; i += Vectors::kLanes) largest = Vectors::max(Vectors::load(x + i), largest);
  alignas(64) float lanes[Vectors::kLanes];
  Vectors::store(lanes, largest);
  return *std::max_element(lanes, lanes + Vectors::kLanes);
}

// e^(x - largest) in place, 0 where x is -infinity. -> the sum
inline float exponentials(float* x, int64_t count, float largest) {
  Vec sum = Vectors::zero();
  const Vec shift = Vectors::set(largest), lowest = Vectors::set(Vectors::kLowest);
  for (int64_t i = 0; i < count; i += Vectors::kLanes) {
    const Vec e = Vectors::exp(Vectors::max(lowest, Vectors::sub(Vectors::load(x + i), shift)));
    Vectors::store(x + i, e);
    sum = Vectors::add(sum, e);
  }
  return Vectors::sum(sum);
}

// -infinity at keys [0, end) of the chunk that the row may not see. Keys from member.keys on are beyond its path.
inline void maskScores(const Attention& pass, const AttentionPlan::Task& task, const AttentionPlan::Member& member,
                       float* scores, int64_t end) {
  const Row& row = pass.rows[member.row];
  const KvNode& own = *row.node;
  const uint8_t visible = own.visibleModalities(own.modality[row.index]);
  int64_t from = 0;
  if (pass.window >= 0) {
    const int64_t here = own.before + row.index;
    from = std::min<int64_t>(member.keys, here - pass.window - (task.node->before + task.first));
  }
  for (int64_t key = 0; key < from; ++key) scores[key] = -INFINITY;
  if (visible != 0xff) {
    const uint8_t* const modality = task.node->modality.data() + task.first;
    for (int64_t key = std::max<int64_t>(0, from); key < member.keys; ++key) {
      if ((visible >> modality[key] & 1) == 0) scores[key] = -INFINITY;
    }
  }
  for (int64_t key = member.keys; key < end; ++key) scores[key] = -INFINITY;
}

inline void fetch(const std::byte* data, int64_t bytes) {
  for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(data + at, 0, 2);
}

template <typename W>
void attendTask(const Attention& pass, const Partials& partials, const AttentionPlan::Task& task, int64_t kvHead,
                AttentionBuffers& buffers) {
  const KvShape& shape = pass.cache;
  const int64_t group = pass.heads / shape.kvHeads, headDim = shape.headDim;
  const int64_t queries = (task.end - task.begin) * group;
  const auto member = [&](int64_t query) -> const AttentionPlan::Member& { return pass.plan.members[task.begin + query / group]; };
  const auto headOf = [&](int64_t query) { return kvHead * group + query % group; };
  for (int64_t first = 0; first < queries; first += Vectors::kMaxRows) {
    withRows(std::min<int64_t>(Vectors::kMaxRows, queries - first), [&]<int kRows>() {
      int64_t keys = 0;
      for (int r = 0; r < kRows; ++r) {
        keys = std::max<int64_t>(keys, member(first + r).keys);
        const float* const from = pass.q + (member(first + r).row * pass.heads + headOf(first + r)) * headDim;
        for (int64_t d = 0; d < headDim; ++d) buffers.q[d * kRows + r] = from[d];
      }
      const int64_t pages = (keys + kPanel - 1) / kPanel;
      const auto page = [&](int64_t p) -> const earsight::decode::KvPage& { return *task.node->pages[task.first / kPanel + p]; };
      for (int64_t p = 0; p < pages; ++p) {
        if (first == 0) {
          // One by one from memory: the page's values, which come last, and the keys of the next one.
          fetch(page(p).values(shape, pass.layer, kvHead), shape.valueBytes());
          if (p + 1 < pages) fetch(page(p + 1).keys(shape, pass.layer, kvHead), shape.keyBytes());
        }
        multiply<W, kRows, 1>(buffers.q.data(), page(p).keys(shape, pass.layer, kvHead), 0, headDim,
                              &buffers.scores[p * kPanel], kChunk, false);
      }
      for (int r = 0; r < kRows; ++r) {
        float* const scores = &buffers.scores[r * kChunk];
        maskScores(pass, task, member(first + r), scores, pages * kPanel);
        const float largest = largestOf(scores, pages * kPanel);
        // Where the row sees no key of the chunk all weights are 0.
        const float sum = exponentials(scores, pages * kPanel, largest == -INFINITY ? 0 : largest);
        for (int64_t key = 0; key < pages * kPanel; ++key) buffers.weights[key * kRows + r] = scores[key];
        float* const out = partials.at(member(first + r).slot, headOf(first + r));
        out[0] = largest;
        out[1] = largest == -INFINITY ? 0 : sum;
      }
      const int64_t width = partials.width;
      for (int64_t panel = 0; panel < shape.valuePanels(); ++panel) {
        for (int64_t p = 0; p < pages; ++p) {
          const std::byte* const values = page(p).values(shape, pass.layer, kvHead) + panel * shape.valuePanelBytes();
          multiply<W, kRows, 1>(&buffers.weights[p * kPanel * kRows], values, 0, kPanel, &buffers.sums[panel * kPanel],
                                width, p > 0);
        }
      }
      for (int r = 0; r < kRows; ++r) {
        std::copy_n(&buffers.sums[r * width], width, partials.at(member(first + r).slot, headOf(first + r)) + 2);
      }
    });
  }
}

// Joins the partial results of a row: write(head, values) gets the [headDim] of each head; zeros where the row sees nothing.
// sums: [partials.width], of the caller's thread
inline void joinPartials(const Partials& partials, const AttentionPlan& plan, int64_t row, float* sums, const auto& write) {
  const int64_t width = partials.width;
  for (int64_t head = 0; head < partials.heads; ++head) {
    float largest = -INFINITY;
    for (int32_t slot = plan.slots[row]; slot < plan.slots[row + 1]; ++slot) {
      largest = std::max(largest, partials.at(slot, head)[0]);
    }
    std::fill_n(sums, width, 0.0f);
    float total = 0;
    for (int32_t slot = plan.slots[row]; slot < plan.slots[row + 1]; ++slot) {
      const float* const from = partials.at(slot, head);
      if (from[0] == -INFINITY) continue;
      const float factor = std::exp(from[0] - largest);
      total += factor * from[1];
      for (int64_t d = 0; d < width; d += Vectors::kLanes) {
        Vectors::store(sums + d, Vectors::fma(Vectors::set(factor), Vectors::load(from + 2 + d), Vectors::load(sums + d)));
      }
    }
    const Vec scale = Vectors::set(total == 0 ? 0 : 1 / total);
    for (int64_t d = 0; d < width; d += Vectors::kLanes) Vectors::store(sums + d, Vectors::mul(Vectors::load(sums + d), scale));
    write(head, sums);
  }
}

}  // namespace
