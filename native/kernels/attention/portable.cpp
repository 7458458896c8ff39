// The portable engine: plain C++ for any 64-bit compiler, every element, every width. Tuned engines are checked against
// it, and it runs the problems that they refuse.
//
// Forward goes over a tile's blocks with an online softmax (Milakov and Gimelshein, arXiv 1805.02867): a row keeps its
// maximum, its sum and its numerator, rescaled when the maximum grows. A task of backward is a component and a key head:
// an outer loop over blocks, an inner one over tiles, with dQ of the component in the sums' type until the end. So tasks
// share no sums, and every sum has the plan's order.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "engine.h"
#include "panels.h"
#include "rows.h"

namespace earsight::attention {

namespace {

template <typename Scalar>
constexpr Scalar kLowest = -std::numeric_limits<Scalar>::infinity();

// The keys and values of one block for one key head, and their transposes and modalities.
template <typename Scalar>
struct KeyPanels {
  using Accumulator = AccumulatorOf<Scalar>;

  KeyPanels(const Problem& problem)
      : problem(problem),
        key(kBlockKeys, problem.shape.width),
        keyT(problem.shape.width, kBlockKeys),
        value(kBlockKeys, problem.shape.valueWidth),
        valueT(problem.shape.valueWidth, kBlockKeys) {}

  void load(const Block& block, int64_t head) {
    keyT.clear(problem.shape.width);
    valueT.clear(problem.shape.valueWidth);
    for (int64_t j = 0; j < block.keys; ++j) {
      const int64_t row = block.key + j;
      const Angles<Accumulator> angles(problem.rotary.keyCos, problem.rotary.keySin, row, problem.shape.width);
      loadRow(key.row(j), rowAt<Scalar>(problem.k, row, head), problem.shape.width, angles);
      loadRow(value.row(j), rowAt<Scalar>(problem.v, row, head), problem.shape.valueWidth, {nullptr, nullptr, 0, 0});
      for (int64_t d = 0; d < problem.shape.width; ++d) keyT.row(d)[j] = key.row(j)[d];
      for (int64_t d = 0; d < problem.shape.valueWidth; ++d) valueT.row(d)[j] = value.row(j)[d];
      for (int m = 0; m < kModalities; ++m) {
        if (block.ofModality[m] >> j & 1) modality[j] = m;
      }
    }
  }

  const Problem& problem;
  Panel<Accumulator> key, keyT, value, valueT;
  int modality[kBlockKeys];
};

template <typename Scalar>
void loadQuery(AccumulatorOf<Scalar>* to, const Problem& problem, int64_t row, int64_t head) {
  using Accumulator = AccumulatorOf<Scalar>;
  const Angles<Accumulator> angles(problem.rotary.cos, problem.rotary.sin, row, problem.shape.width);
  loadRow(to, rowAt<Scalar>(problem.q, row, head), problem.shape.width, angles,
          static_cast<Accumulator>(problem.scale));
}

// ---- forward ------------------------------------------------------------------------------------------------------

// One worker's memory: a tile's rows for all query heads of a key head, numbered (head of the group, row).
template <typename Scalar>
class ForwardWorker {
 public:
  using Accumulator = AccumulatorOf<Scalar>;

  explicit ForwardWorker(const Forward& problem)
      : problem_(problem),
        shape_(problem.shape),
        tileRows_(problem.plan.header->tileRows),
        keys_(problem),
        visibility_(tileRows_),
        query_(shape_.group() * tileRows_, shape_.width),
        out_(shape_.group() * tileRows_, shape_.valueWidth),
        maximum_(shape_.group() * tileRows_),
        total_(maximum_.size()),
        mass_(maximum_.size() * kModalities) {}

  void run(const Tile& tile, int64_t keyHead) {
    const int64_t group = shape_.group();
    for (int64_t g = 0; g < group; ++g) {
      for (int64_t r = 0; r < tile.rows; ++r) {
        loadQuery<Scalar>(query_.row(g * tileRows_ + r), problem_, problem_.plan.rows[tile.firstRow + r],
                          keyHead * group + g);
      }
    }
    out_.clear(group * tileRows_);
    std::fill(maximum_.begin(), maximum_.end(), kLowest<Accumulator>);
    std::fill(total_.begin(), total_.end(), Accumulator(0));
    std::fill(mass_.begin(), mass_.end(), Accumulator(0));
    for (const Pair& pair : problem_.plan.pairs.subspan(tile.firstPair, tile.pairs)) {
      const Block& block = problem_.plan.blocks[pair.block];
      keys_.load(block, keyHead);
      visibility_.read(tile.rows, block.keys, pair.full(),
                       [&](int64_t row) { return problem_.plan.mask(pair, row); });
      for (int64_t g = 0; g < group; ++g) {
        for (int64_t r = 0; r < tile.rows; ++r) attend(g * tileRows_ + r, visibility_.keysOf(r));
      }
    }
    for (int64_t g = 0; g < group; ++g) {
      for (int64_t r = 0; r < tile.rows; ++r) {
        finish(g * tileRows_ + r, problem_.plan.rows[tile.firstRow + r], keyHead * group + g);
      }
    }
  }

 private:
  void attend(int64_t at, IndexList keys) {
    Accumulator scores[kBlockKeys] = {};
    accumulate(scores, query_.row(at), firstIndices(shape_.width), keys_.keyT);
    Accumulator highest = maximum_[at];
    bool seen = false;  // anything but -inf, NaN included
    for (int t = 0; t < keys.count; ++t) {
      const Accumulator score = scores[keys.begin[t]];
      highest = std::max(highest, score);
      seen |= score != kLowest<Accumulator>;
    }
    if (!seen) return;
    if (highest > maximum_[at]) {
      const Accumulator rescale = std::exp(maximum_[at] - highest);
      total_[at] *= rescale;
      for (int64_t d = 0; d < shape_.valueWidth; ++d) out_.row(at)[d] *= rescale;
      for (int m = 0; m < kModalities; ++m) mass_[at * kModalities + m] *= rescale;
      maximum_[at] = highest;
    }
    for (int t = 0; t < keys.count; ++t) {
      const int j = keys.begin[t];
      scores[j] = std::exp(scores[j] - highest);
      total_[at] += scores[j];
      mass_[at * kModalities + keys_.modality[j]] += scores[j];
    }
    accumulate(out_.row(at), scores, keys, keys_.value);
  }

  void finish(int64_t at, int64_t row, int64_t head) {
    // A row whose scores are all -inf is empty.
    const bool empty = total_[at] == 0;
    const Accumulator factor = empty ? Accumulator(0) : 1 / total_[at];
    storeRow(rowAt<Scalar>(problem_.out, row, head), out_.row(at), shape_.valueWidth,
             Angles<Accumulator>(nullptr, nullptr, 0, 0), factor);
    const int64_t offset = head * shape_.tq + row;
    static_cast<Accumulator*>(problem_.lse)[offset] =
        empty ? kLowest<Accumulator> : maximum_[at] + std::log(total_[at]);
    if (!problem_.mass) return;
    for (int m = 0; m < kModalities; ++m) {
      static_cast<Accumulator*>(problem_.mass)[offset * kModalities + m] = mass_[at * kModalities + m] * factor;
    }
  }

  const Forward& problem_;
  const Shape& shape_;
  int64_t tileRows_;
  KeyPanels<Scalar> keys_;
  Visibility visibility_;
  Panel<Accumulator> query_, out_;
  std::vector<Accumulator> maximum_, total_, mass_;
};

// ---- backward -----------------------------------------------------------------------------------------------------

template <typename Scalar>
class BackwardWorker {
 public:
  using Accumulator = AccumulatorOf<Scalar>;

  explicit BackwardWorker(const Backward& problem)
      : problem_(problem),
        shape_(problem.shape),
        tileRows_(problem.plan.header->tileRows),
        keys_(problem),
        visibility_(tileRows_),
        query_(tileRows_, shape_.width),
        dOut_(tileRows_, shape_.valueWidth),
        weights_(kBlockKeys, tileRows_),
        dScores_(kBlockKeys, tileRows_),
        dQuery_(0, shape_.width),
        dKey_(kBlockKeys, shape_.width),
        dValue_(kBlockKeys, shape_.valueWidth) {}

  void run(const Component& component, int64_t keyHead) {
    const auto tiles = problem_.plan.tiles.subspan(component.firstTile, component.tiles);
    firstRow_ = tiles.front().firstRow;
    rows_ = tiles.back().firstRow + tiles.back().rows - firstRow_;
    dQuery_ = Panel<Accumulator>(shape_.group() * rows_, shape_.width);
    for (const Block& block : problem_.plan.blocks.subspan(component.firstBlock, component.blocks)) {
      runBlock(block, keyHead);
    }
    for (int64_t g = 0; g < shape_.group(); ++g) {
      for (int64_t r = 0; r < rows_; ++r) {
        const int64_t row = problem_.plan.rows[firstRow_ + r];
        storeRow(rowAt<Scalar>(problem_.dq, row, keyHead * shape_.group() + g), dQuery_.row(g * rows_ + r),
                 shape_.width, Angles<Accumulator>(problem_.rotary.cos, problem_.rotary.sin, row, shape_.width),
                 static_cast<Accumulator>(problem_.scale));
      }
    }
  }

 private:
  void runBlock(const Block& block, int64_t keyHead) {
    keys_.load(block, keyHead);
    dKey_.clear(kBlockKeys);
    dValue_.clear(kBlockKeys);
    for (const int64_t use : problem_.plan.uses.subspan(block.firstUse, block.uses)) {
      const Pair& pair = problem_.plan.pairs[use];
      const Tile& tile = problem_.plan.tiles[pair.tile];
      visibility_.read(tile.rows, block.keys, pair.full(),
                       [&](int64_t row) { return problem_.plan.mask(pair, row); });
      for (int64_t g = 0; g < shape_.group(); ++g) runPair(tile, block, keyHead * shape_.group() + g, g);
    }
    for (int64_t j = 0; j < block.keys; ++j) {
      const int64_t row = block.key + j;
      storeRow(rowAt<Scalar>(problem_.dk, row, keyHead), dKey_.row(j), shape_.width,
               Angles<Accumulator>(problem_.rotary.keyCos, problem_.rotary.keySin, row, shape_.width));
      storeRow(rowAt<Scalar>(problem_.dv, row, keyHead), dValue_.row(j), shape_.valueWidth,
               Angles<Accumulator>(nullptr, nullptr, 0, 0));
    }
  }

  void runPair(const Tile& tile, const Block& block, int64_t head, int64_t g) {
    for (int64_t r = 0; r < tile.rows; ++r) {
      const int64_t row = problem_.plan.rows[tile.firstRow + r];
      loadQuery<Scalar>(query_.row(r), problem_, row, head);
      loadRow(dOut_.row(r), rowAt<Scalar>(problem_.dOut, row, head), shape_.valueWidth,
              Angles<Accumulator>(nullptr, nullptr, 0, 0));
      const IndexList keys = visibility_.keysOf(r);
      Accumulator dScores[kBlockKeys];
      scoreGradients(r, row, head, keys, dScores);
      accumulate(dQuery_.row(g * rows_ + tile.firstRow - firstRow_ + r), dScores, keys, keys_.key);
    }
    for (int64_t j = 0; j < block.keys; ++j) {
      accumulate(dValue_.row(j), weights_.row(j), visibility_.rowsOf(j), dOut_);
      accumulate(dKey_.row(j), dScores_.row(j), visibility_.rowsOf(j), query_);
    }
  }

  // P and dS of one row, as a column of the panels; dS as a row too.
  void scoreGradients(int64_t r, int64_t row, int64_t head, IndexList keys, Accumulator* dScores) {
    Accumulator scores[kBlockKeys] = {}, dWeights[kBlockKeys] = {};
    accumulate(scores, query_.row(r), firstIndices(shape_.width), keys_.keyT);
    accumulate(dWeights, dOut_.row(r), firstIndices(shape_.valueWidth), keys_.valueT);
    const int64_t offset = head * shape_.tq + row;
    const Accumulator lse = static_cast<const Accumulator*>(problem_.lse)[offset];
    const Accumulator delta = deltaOf(row, head);
    const auto* dMass = static_cast<const Accumulator*>(problem_.dMass);
    if (dMass) dMass += row * problem_.dMassRow + head * problem_.dMassHead;
    for (int t = 0; t < keys.count; ++t) {
      const int j = keys.begin[t];
      const Accumulator weight = lse == kLowest<Accumulator> ? Accumulator(0) : std::exp(scores[j] - lse);
      dScores[j] = weight * (dWeights[j] + (dMass ? dMass[keys_.modality[j]] : Accumulator(0)) - delta);
      weights_.row(j)[r] = weight;
      dScores_.row(j)[r] = dScores[j];
    }
  }

  Accumulator deltaOf(int64_t row, int64_t head) const {
    const Scalar* out = rowAt<Scalar>(problem_.out, row, head);
    const Scalar* dOut = rowAt<Scalar>(problem_.dOut, row, head);
    Accumulator sum = 0;
    for (int64_t d = 0; d < shape_.valueWidth; ++d) {
      sum += static_cast<Accumulator>(out[d]) * static_cast<Accumulator>(dOut[d]);
    }
    const int64_t offset = head * shape_.tq + row;
    if (problem_.dMass) {
      const auto* dMass = static_cast<const Accumulator*>(problem_.dMass) + row * problem_.dMassRow +
                          head * problem_.dMassHead;
      const auto* mass = static_cast<const Accumulator*>(problem_.mass) + offset * kModalities;
      for (int m = 0; m < kModalities; ++m) sum += dMass[m] * mass[m];
    }
    if (problem_.dLse) sum -= static_cast<const Accumulator*>(problem_.dLse)[offset];
    return sum;
  }

  const Backward& problem_;
  const Shape& shape_;
  int64_t tileRows_;
  KeyPanels<Scalar> keys_;
  Visibility visibility_;
  Panel<Accumulator> query_, dOut_;       // of the current tile and head
  Panel<Accumulator> weights_, dScores_;  // [key][row]
  Panel<Accumulator> dQuery_;             // of the component, (head of the group, row)
  Panel<Accumulator> dKey_, dValue_;
  int64_t firstRow_ = 0, rows_ = 0;       // the component's part of Plan::rows
};

// ---- tasks --------------------------------------------------------------------------------------------------------

// Later tiles of a causal component see more keys, so tiles are taken from the last one: the longest work begins first.
bool forwardPortable(const Forward& problem, const Parallel& parallel) {
  withScalar(problem.shape.element, [&]<typename Scalar>(Scalar) {
    std::vector<ForwardWorker<Scalar>> workers(parallel.workers, ForwardWorker<Scalar>(problem));
    const auto tiles = static_cast<int64_t>(problem.plan.tiles.size());
    forEachTask(parallel, tiles * problem.shape.keyHeads, [&](int64_t task, int worker) {
      workers[worker].run(problem.plan.tiles[tiles - 1 - task / problem.shape.keyHeads],
                          task % problem.shape.keyHeads);
    });
  });
  return true;
}

bool backwardPortable(const Backward& problem, const Parallel& parallel) {
  withScalar(problem.shape.element, [&]<typename Scalar>(Scalar) {
    std::vector<BackwardWorker<Scalar>> workers(parallel.workers, BackwardWorker<Scalar>(problem));
    const auto components = static_cast<int64_t>(problem.plan.components.size());
    forEachTask(parallel, components * problem.shape.keyHeads, [&](int64_t task, int worker) {
      workers[worker].run(problem.plan.components[task / problem.shape.keyHeads], task % problem.shape.keyHeads);
    });
  });
  return true;
}

}  // namespace

const Engine kPortableEngine{"portable", Isa::kPortable, [](const Shape&) { return true; }, forwardPortable,
                             backwardPortable};

}  // namespace earsight::attention
