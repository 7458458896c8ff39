// The decoder's layers over the rows of one pass: pre-norm blocks of attention with rotary positions and gated feed-forward
// layers. Everything is in an anonymous namespace, so that instruction sets share no code.
#pragma once

#include <cmath>
#include <vector>

#include "attention.h"
#include "engine.h"

namespace {

using earsight::Parallel;
using earsight::decode::DecoderShape;
using earsight::decode::Engine;
using earsight::decode::LayerWeights;
using earsight::decode::Pass;

// Tasks of this many panels: as many as a row alone takes at a time.
constexpr int64_t kTaskPanels = 4;

void forPanels(const PackedMatrix& weight, const Parallel& parallel, const auto& body) {
  const int64_t panels = weight.panels();
  earsight::forEachTask(parallel, (panels + kTaskPanels - 1) / kTaskPanels, [&](int64_t task, int) {
    body(task * kTaskPanels, std::min(panels, (task + 1) * kTaskPanels));
  });
}

// Of work that is small a row.
constexpr int64_t kRowGrain = 16;

// Rows in tasks of at least `grain` rows: small work stays on one thread.
void forRows(int64_t rows, int64_t grain, const Parallel& parallel, const auto& body) {
  earsight::forEachTask(parallel, (rows + grain - 1) / grain, [&](int64_t task, int) {
    for (int64_t row = task * grain; row < std::min(rows, (task + 1) * grain); ++row) body(row);
  });
}

// Writes a panel's sums into a row of `outputs`. bias: or null
inline void storePanel(const float* sums, int64_t panel, int64_t outputs, const float* bias, float* row) {
  const int64_t begin = panel * kPanel, count = std::min(kPanel, outputs - begin);
  for (int64_t i = 0; i < count; ++i) row[begin + i] = bias == nullptr ? sums[i] : sums[i] + bias[begin + i];
}

void normRow(const float* x, const float* weight, int64_t width, float eps, float* out) {
  float sum[Vectors::kLanes] = {};
  for (int64_t i = 0; i < width; ++i) sum[i % Vectors::kLanes] += x[i] * x[i];
  float total = 0;
  for (const float part : sum) total += part;
  const float scale = 1 / std::sqrt(total / static_cast<float>(width) + eps);
  for (int64_t i = 0; i < width; ++i) out[i] = x[i] * scale * weight[i];
}

// x of the first half of a head with x of the second, in place.
inline void rotateHead(float* x, const float* cos, const float* sin, int64_t half) {
  for (int64_t d = 0; d < half; ++d) {
    const float first = x[d], second = x[d + half];
    x[d] = first * cos[d] - second * sin[d];
    x[d + half] = second * cos[d] + first * sin[d];
  }
}

// silu(gate) * up of `kPanel` outputs.
inline void gated(const float* gate, const float* up, float* out) {
  for (int64_t i = 0; i < kPanel; i += Vectors::kLanes) {
    const Vec x = Vectors::load(gate + i);
    // By e^-|x|, which does not overflow.
    const Vec magnitude = Vectors::max(x, Vectors::sub(Vectors::zero(), x));
    const Vec e = Vectors::exp(Vectors::max(Vectors::set(Vectors::kLowest), Vectors::sub(Vectors::zero(), magnitude)));
    alignas(64) float parts[2][Vectors::kLanes];
    Vectors::store(parts[0], x);
    Vectors::store(parts[1], e);
    for (int lane = 0; lane < Vectors::kLanes; ++lane) {
      const float value = parts[0][lane], small = parts[1][lane];
      const float sigmoid = (value >= 0 ? 1.0f : small) / (1.0f + small);
      out[i + lane] = value * sigmoid * up[i + lane];
    }
  }
}

// silu(gate) * up of packed rows, whole panels of it: row r begins at out + r * stride. gateUp: panels of gate and up in turn.
inline void gatedPanels(const PackedMatrix& gateUp, const float* tiles, int64_t rows, float* out, int64_t stride,
                        const Parallel& parallel) {
  // A task holds whole pairs.
  static_assert(kTaskPanels % 2 == 0);
  forPanels(gateUp, parallel, [&](int64_t first, int64_t last) {
    alignas(64) float gate[Vectors::kMaxRows][kTaskPanels / 2][kPanel];
    productPanels(gateUp, tiles, rows, first, last, [&](int64_t row, int64_t panel, const float* sums) {
      float* const kept = gate[row % Vectors::kMaxRows][(panel - first) / 2];
      if (panel % 2 == 0) {
        std::copy_n(sums, kPanel, kept);
      } else {
        gated(kept, sums, out + row * stride + panel / 2 * kPanel);
      }
    });
  });
}

// All rows of a pass. buffers: one a worker. out: [rows][heads][headDim], which may be where the queries are.
inline void attendRows(const AttentionPass& pass, const AttentionPlan& plan, const Parallel& parallel,
                       std::vector<AttentionBuffers>& buffers, float* out) {
  const int64_t kvHeads = pass.shape.kvHeads;
  withStorage(pass.shape.storage, [&]<typename W>() {
    earsight::forEachTask(parallel, static_cast<int64_t>(plan.tasks.size()) * kvHeads, [&](int64_t task, int worker) {
      attendTask<W>(pass, plan, plan.tasks[task / kvHeads], task % kvHeads, buffers[worker]);
    });
  });
  forRows(static_cast<int64_t>(pass.rows.size()), kRowGrain, parallel, [&](int64_t row) {
    joinPartials(pass, plan, row, out + row * pass.heads * pass.shape.headDim);
  });
}

class DecoderPass {
 public:
  DecoderPass(const Pass& pass, const Parallel& parallel)
      : pass_(pass),
        parallel_(parallel),
        shape_(pass.weights.shape),
        rows_(static_cast<int64_t>(pass.rows.size())),
        width_(pass.cache.valuePanels() * kPanel),
        padded_(shape_.intermediatePanels() * kPanel),
        normed_(rows_ * shape_.hidden),
        tiles_(rows_ * std::max({shape_.hidden, shape_.heads * shape_.headDim, shape_.intermediate})),
        qkv_(rows_ * shape_.qkvOutputs()),
        attended_(rows_ * shape_.heads * shape_.headDim),
        gated_(rows_ * padded_),
        partials_(pass.plan.slots.back() * Partials::floats(shape_.heads, width_)),
        buffers_(std::max(1, parallel.workers)) {
    for (AttentionBuffers& buffers : buffers_) buffers.fit(shape_.headDim, width_);
  }

  void run() {
    int64_t layer = 0;
    for (const LayerWeights& weights : pass_.weights.layers) {
      if (pass_.stop != nullptr && *pass_.stop) throw earsight::decode::Stopped();
      attention(weights, layer++);
      feedForward(weights);
    }
    forRows(rows_, kRowGrain, parallel_, [&](int64_t row) {
      float* const x = pass_.hidden + row * shape_.hidden;
      normRow(x, pass_.weights.finalNorm, shape_.hidden, shape_.eps, x);
    });
  }

 private:
  void attention(const LayerWeights& weights, int64_t layer) {
    const int64_t headDim = shape_.headDim, outputs = shape_.qkvOutputs();
    normed(weights.inputNorm);
    forPanels(weights.qkv, parallel_, [&](int64_t first, int64_t last) {
      productPanels(weights.qkv, tiles_.data(), rows_, first, last, [&](int64_t row, int64_t panel, const float* sums) {
        storePanel(sums, panel, outputs, weights.qkvBias, qkv_.data() + row * outputs);
      });
    });
    forRows(rows_, kRowGrain, parallel_, [&](int64_t row) { placeRow(weights, layer, row); });
    const AttentionPass attend{pass_.cache,
                               shape_.heads,
                               layer,
                               weights.window,
                               pass_.rows,
                               attended_.data(),
                               {shape_.heads, width_, partials_.data()}};
    attendRows(attend, pass_.plan, parallel_, buffers_, attended_.data());
    packRows(attended_.data(), shape_.heads * headDim, rows_, shape_.heads * headDim, tiles_.data());
    addProduct(weights.out, weights.outBias);
  }

  // Norms and rotates the row's queries and keys; stores keys and values in the cache, and the scaled queries in attended_.
  void placeRow(const LayerWeights& weights, int64_t layer, int64_t row) {
    const int64_t headDim = shape_.headDim, heads = shape_.heads, kvHeads = shape_.kvHeads;
    float* const q = qkv_.data() + row * shape_.qkvOutputs();
    float* const k = q + heads * headDim;
    const float* const v = k + kvHeads * headDim;
    const float* const cos = pass_.cos + row * headDim / 2;
    const float* const sin = pass_.sin + row * headDim / 2;
    const auto prepare = [&](float* x, const float* norm) {
      if (norm != nullptr) normRow(x, norm, headDim, shape_.eps, x);
      rotateHead(x, cos, sin, headDim / 2);
    };
    const float scale = 1 / std::sqrt(static_cast<float>(headDim));
    for (int64_t head = 0; head < heads; ++head) {
      prepare(q + head * headDim, weights.qNorm);
      for (int64_t d = 0; d < headDim; ++d) attended_[(row * heads + head) * headDim + d] = q[head * headDim + d] * scale;
    }
    const auto& [node, index] = pass_.rows[row];
    for (int64_t head = 0; head < kvHeads; ++head) {
      prepare(k + head * headDim, weights.kNorm);
      node->pages[index / kPanel]->write(pass_.cache, layer, head, index % kPanel, k + head * headDim, v + head * headDim);
    }
  }

  void feedForward(const LayerWeights& weights) {
    normed(weights.postNorm);
    gatedPanels(weights.gateUp, tiles_.data(), rows_, gated_.data(), padded_, parallel_);
    packRows(gated_.data(), padded_, rows_, shape_.intermediate, tiles_.data());
    addProduct(weights.down, nullptr);
  }

  // The normalised hidden states, packed into tiles_.
  void normed(const float* weight) {
    const int64_t hidden = shape_.hidden;
    forRows(rows_, kRowGrain, parallel_, [&](int64_t row) {
      normRow(pass_.hidden + row * hidden, weight, hidden, shape_.eps, normed_.data() + row * hidden);
    });
    packRows(normed_.data(), hidden, rows_, hidden, tiles_.data());
  }

  // Adds the product of tiles_ to the hidden states.
  void addProduct(const PackedMatrix& weight, const float* bias) {
    forPanels(weight, parallel_, [&](int64_t first, int64_t last) {
      productPanels(weight, tiles_.data(), rows_, first, last, [&](int64_t row, int64_t panel, const float* sums) {
        float* const to = pass_.hidden + row * shape_.hidden + panel * kPanel;
        const int64_t count = std::min(kPanel, weight.outputs - panel * kPanel);
        for (int64_t i = 0; i < count; ++i) to[i] += bias == nullptr ? sums[i] : sums[i] + bias[panel * kPanel + i];
      });
    });
  }

  const Pass& pass_;
  const Parallel& parallel_;
  const DecoderShape& shape_;
  const int64_t rows_, width_, padded_;
  std::vector<float> normed_, tiles_, qkv_, attended_, gated_, partials_;
  std::vector<AttentionBuffers> buffers_;
};

}  // namespace
