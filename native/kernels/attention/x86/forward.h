// Forward attention, a template over the words and the product of an instruction set.
//
// Keys and values are packed once a key head. Then each tile goes through its blocks in chunks of kChunk rows:
// S = Q K^T strip by strip, the online softmax on the strip while it is in the first-level cache, O += P V. A row's
// reference maximum is raised only when a score exceeds it by a factor of 2^8, so most blocks rescale nothing. The sums of
// a row stay a vector until the end.
#pragma once

#include <atomic>
#include <cmath>
#include <limits>

#include "../engine.h"
#include "memory.h"
#include "pack.h"
#include "tile_rows.h"

namespace earsight::attention {
namespace {

template <typename Words, typename Product, typename Element>
class ForwardPass {
  using V = typename Words::V;
  using Vec = typename V::Vec;
  using Word = typename Words::Word;

 public:
  ForwardPass(const Forward& problem, const Parallel& parallel)
      : problem_(problem),
        parallel_(parallel),
        shape_(problem.shape),
        plan_(problem.plan),
        keyWords_(Pack<Words>::rowWords(shape_.width)),
        valueWords_(Pack<Words>::rowWords(shape_.valueWidth)),
        panels_(shape_.valueWidth),
        keySteps_(roundUp((shape_.width + Words::kPerWord - 1) / Words::kPerWord, Product::kStepGrain)),
        blockWords_(keyWords_ * kBlockKeys + panels_.columns * kBlockSteps),
        scale_(static_cast<float>(std::abs(problem.scale))),
        slack_(8 / (scale_ * kLog2E)) {}

  // Whether k and v were finite.
  bool run() {
    const Component* components = plan_.components.data();
    const auto count = static_cast<int64_t>(plan_.components.size());
    int64_t shared = 0;  // components up to the last large one
    for (int64_t c = 0; c < count; ++c) shared = components[c].blocks > kOwnBlocks ? c + 1 : shared;
    const int64_t blocks = shared == 0 ? 0 : components[shared - 1].firstBlock + components[shared - 1].blocks;
    const int64_t tiles = shared == 0 ? 0 : components[shared - 1].firstTile + components[shared - 1].tiles;
    const int64_t heads = shape_.keyHeads;
    const int64_t headsEach = headsOfTask(count - shared, heads, parallel_.workers);
    const int64_t headGroups = (heads + headsEach - 1) / headsEach;

    BumpAllocator size(nullptr);
    Worker(*this, size);
    const int64_t sharedBytes = blocks * heads * blockWords_ * static_cast<int64_t>(sizeof(Word));
    const Memory memory(sharedBytes + parallel_.workers * size.used());
    Word* packed = reinterpret_cast<Word*>(memory.data());
    const auto worker = [&](int index) {
      BumpAllocator allocator(memory.data() + sharedBytes + index * size.used());
      return Worker(*this, allocator);
    };

    forEachTask(parallel_, blocks * heads, [&](int64_t task, int index) {
      [[maybe_unused]] const typename Product::Session session;
      Worker own = worker(index);
      pack(plan_.blocks[task % blocks], task / blocks, task / blocks, packed + task * blockWords_, own);
    });
    if (!finite_) return false;
    // Later tiles of a causal component see more keys: the longest first.
    forEachTask(parallel_, tiles * heads + (count - shared) * headGroups, [&](int64_t task, int index) {
      [[maybe_unused]] const typename Product::Session session;
      Worker own = worker(index);
      if (task < tiles * heads) {
        const int64_t head = task % heads, tile = tiles - 1 - task / heads;
        runTile(plan_.tiles[tile], head, head, packed + head * blocks * blockWords_, 0, own);
        return;
      }
      const int64_t first = (task - tiles * heads) % headGroups * headsEach;
      const Component& component = components[shared + (task - tiles * heads) / headGroups];
      const int64_t last = least(first + headsEach, heads);
      for (int64_t head = first; head < last; ++head) {
        const int64_t next = least(head + 1, last - 1);
        for (int64_t b = 0; b < component.blocks; ++b) {
          pack(plan_.blocks[component.firstBlock + b], head, next, own.blocks + b * blockWords_, own);
        }
        for (int64_t t = 0; t < component.tiles; ++t) {
          runTile(plan_.tiles[component.firstTile + t], head, next, own.blocks, component.firstBlock, own);
        }
      }
    });
    return finite_;
  }

 private:
  // Rows of a chunk: a multiple of every register tile's height. With 48, S, P, O and a block of K and V nearly fit the
  // first-level cache for D = 128.
  static constexpr int64_t kChunk = Product::kChunkRows;
  static constexpr int64_t kStrip = Product::kStripRows;
  // The worker that uses a component of at most so many blocks packs it too, while it is in its caches.
  static constexpr int64_t kOwnBlocks = 4;
  static constexpr int64_t kBlockSteps = kBlockKeys / Words::kPerWord;
  // Columns of S are whole vectors, and end where a group of steps of O += P V ends.
  static constexpr int64_t kColumnGrain = Product::kStepGrain * Words::kPerWord > 16 ? Product::kStepGrain * Words::kPerWord : 16;

  struct Worker {
    Word *staged, *queries, *probabilities, *blocks;
    float *scores, *out, *maximum, *sum, *mass;
    float *total, *log;  // of a finished row: its sum, and that one's logarithm
    uint64_t* masks;

    Worker(const ForwardPass& pass, BumpAllocator& allocator)
        : staged(allocator.take<Word>(kBlockKeys * (pass.keyWords_ > pass.valueWords_ ? pass.keyWords_ : pass.valueWords_))),
          queries(allocator.take<Word>(kChunk * pass.keyWords_)),
          probabilities(allocator.take<Word>(kChunk * kBlockSteps)),
          blocks(allocator.take<Word>(kOwnBlocks * pass.blockWords_)),
          scores(allocator.take<float>(kStrip * kBlockKeys)),
          out(allocator.take<float>(kChunk * pass.panels_.columns)),
          maximum(allocator.take<float>(kChunk)),
          sum(allocator.take<float>(kChunk * V::kLanes)),
          mass(pass.problem_.mass == nullptr ? nullptr : allocator.take<float>(kChunk * kModalities * V::kLanes)),
          total(allocator.take<float>(kChunk)),
          log(allocator.take<float>(kChunk)),
          masks(allocator.take<uint64_t>(kChunk)) {}
  };

  // Packs keys transposed, then values as row panels, and prefetches the same rows of head `next` where it is another one.
  void pack(const Block& block, int64_t head, int64_t next, Word* target, Worker& own) const {
    const int64_t padded = roundUp(block.keys, kColumnGrain);
    for (int64_t j = 0; j < block.keys; ++j) {
      if (next != head) fetch<V, Element>(problem_.k, block.key + j, next, shape_.width);
      stageKey<Words, Element>(problem_, block.key + j, head, own.staged + j * keyWords_);
    }
    bool finite = Pack<Words>::finite(own.staged, block.keys * keyWords_);
    Pack<Words>::zeroRows(own.staged, keyWords_, block.keys, padded);
    Pack<Words>::transpose(own.staged, keyWords_, padded, target, kBlockKeys);
    for (int64_t j = 0; j < block.keys; ++j) {
      if (next != head) fetch<V, Element>(problem_.v, block.key + j, next, shape_.valueWidth);
      stageValue<Words, Element>(problem_, block.key + j, head, own.staged + j * valueWords_);
    }
    finite &= Pack<Words>::finite(own.staged, block.keys * valueWords_);
    if (!finite) finite_.store(false, std::memory_order_relaxed);
    Pack<Words>::zeroRows(own.staged, valueWords_, block.keys, padded);
    Pack<Words>::rowPanels(own.staged, valueWords_, padded, panels_, target + keyWords_ * kBlockKeys, kBlockSteps);
  }

  void runTile(const Tile& tile, int64_t keyHead, int64_t next, const Word* packed, int64_t firstBlock, Worker& own) const {
    const TileRows rows(problem_, tile, keyHead);
    for (int64_t from = 0; from < rows.count; from += kChunk) {
      const int64_t to = least(from + kChunk, rows.count);
      rows.forEach(from, to, [&](int64_t r, int64_t, int64_t query, int64_t head) {
        if (next != keyHead) fetch<V, Element>(problem_.q, query, head + rows.group, shape_.width);
        fetch<V, Element>(problem_.out, query, head, shape_.valueWidth);
        stageQuery<Words, Element>(problem_, query, head, own.queries + r * keyWords_);
      });
      std::memset(own.sum, 0, (to - from) * V::kLanes * sizeof(float));
      if (own.mass) std::memset(own.mass, 0, (to - from) * kModalities * V::kLanes * sizeof(float));
      bool first = true;
      for (int64_t p = tile.firstPair; p < tile.firstPair + tile.pairs; ++p) {
        const Pair& pair = plan_.pairs[p];
        const Block& block = plan_.blocks[pair.block];
        Visible visible;
        visible.read(plan_, pair, block.keys, rows, from, to, own.masks);
        if (visible.any == 0) continue;
        addBlock(block, packed + (pair.block - firstBlock) * blockWords_, visible, to - from, first, own);
        first = false;
      }
      finish(rows, from, to, own);
    }
  }

  void addBlock(const Block& block, const Word* packed, const Visible& visible, int64_t rows, bool first,
                Worker& own) const {
    // The columns that any row sees; the first of them is column 0 of S and P.
    const int64_t begin = lowestBit(visible.any) / kColumnGrain * kColumnGrain;
    const int64_t end = highestBit(visible.any) + 1;
    const int64_t columns = roundUp(end, kColumnGrain) - begin;
    const bool masked = visible.all != lowestBits(columns) << begin;
    for (int64_t r = 0; r < rows; r += kStrip) {
      const int64_t count = least(kStrip, rows - r);
      Product::multiply(own.queries + r * keyWords_, keyWords_, packed + begin, kBlockKeys, own.scores, kBlockKeys,
                        count, columns, keySteps_, false);
      for (int64_t i = r; i < r + count; ++i) {
        if (masked) {
          softmaxRow<true>(i, columns, own.masks[i] >> begin, first, own, own.scores + (i - r) * kBlockKeys);
        } else {
          softmaxRow<false>(i, columns, 0, first, own, own.scores + (i - r) * kBlockKeys);
        }
        if (own.mass) addMass(block, begin, columns, own.scores + (i - r) * kBlockKeys, own.mass + i * kModalities * V::kLanes);
      }
    }
    const int64_t steps = roundUp((end - begin + Words::kPerWord - 1) / Words::kPerWord, Product::kStepGrain);
    const Word* values = packed + keyWords_ * kBlockKeys;
    for (int64_t panel = 0; panel < panels_.count; ++panel) {
      const int64_t column = panels_.begin(panel), width = panels_.width(panel);
      Product::multiply(own.probabilities, kBlockSteps, values + column * kBlockSteps + begin / Words::kPerWord * width,
                        width, own.out + column, panels_.columns, rows, width, steps, !first);
    }
  }

  template <bool kMasked>
  void softmaxRow(int64_t row, int64_t columns, uint64_t mask, bool first, Worker& own, float* scores) const {
    switch (columns / 16) {
      case 1: return softmaxRow<kMasked, 16>(row, mask, first, own, scores);
      case 2: return softmaxRow<kMasked, 32>(row, mask, first, own, scores);
      case 3: return softmaxRow<kMasked, 48>(row, mask, first, own, scores);
      default: return softmaxRow<kMasked, 64>(row, mask, first, own, scores);
    }
  }

  template <bool kMasked, int kColumns>
  void softmaxRow(int64_t row, uint64_t mask, bool first, Worker& own, float* scores) const {
    constexpr int kVecs = kColumns / V::kLanes;
    Vec x[kVecs];
    const Vec lowest = V::all(-std::numeric_limits<float>::max());
    Vec rowMax = lowest;
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; ++j) {
      x[j] = V::load(scores + j * V::kLanes);
      rowMax = V::max(rowMax, kMasked ? V::choose(V::mask(mask >> (j * V::kLanes)), x[j], lowest) : x[j]);
    }
    if (first) {
      own.maximum[row] = V::maxOf(rowMax);
    } else if (V::anyGreater(rowMax, V::all(own.maximum[row] + slack_))) {
      rescaleRow(row, V::maxOf(rowMax), own);
    }
    // The offset is rounded as in lse and before the change of base, so that a large score is not rounded twice.
    const Vec factor = V::all(scale_), offset = V::all(own.maximum[row] * scale_), base = V::all(kLog2E);
    Vec sum = V::load(own.sum + row * V::kLanes);
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; ++j) {
      x[j] = V::template exp2<Words::kExpDegree>(V::mul(V::multiplySub(x[j], factor, offset), base));
      if constexpr (kMasked) x[j] = V::keep(V::mask(mask >> (j * V::kLanes)), x[j]);
      sum = V::add(sum, x[j]);
    }
    V::store(own.sum + row * V::kLanes, sum);
    Word* target = own.probabilities + row * kBlockSteps;
#pragma GCC unroll 4
    for (int j = 0; j < kVecs; j += 2) {
      Words::storeAlong(target + j * V::kLanes / Words::kPerWord, x[j], j + 1 < kVecs ? x[j + 1] : V::zero());
    }
    if (own.mass) {
#pragma GCC unroll 8
      for (int j = 0; j < kVecs; ++j) V::store(scores + j * V::kLanes, x[j]);
    }
  }

  // Rescales a row's sums to a larger reference maximum.
  __attribute__((noinline)) void rescaleRow(int64_t row, float maximum, Worker& own) const {
    const Vec factor = V::all(std::exp((own.maximum[row] - maximum) * scale_));
    own.maximum[row] = maximum;
    const auto scaleBy = [&](float* p, int64_t count) {
      for (int64_t d = 0; d < count; d += V::kLanes) V::store(p + d, V::mul(V::load(p + d), factor));
    };
    scaleBy(own.out + row * panels_.columns, panels_.columns);
    scaleBy(own.sum + row * V::kLanes, V::kLanes);
    if (own.mass) scaleBy(own.mass + row * kModalities * V::kLanes, kModalities * V::kLanes);
  }

  static void addMass(const Block& block, int64_t begin, int64_t columns, const float* weights, float* mass) {
    for (int m = 0; m < kModalities; ++m) {
      const uint64_t keys = block.ofModality[m] >> begin;
      if (keys == 0) continue;
      Vec sum = V::load(mass + m * V::kLanes);
      for (int64_t j = 0; j < columns; j += V::kLanes) {
        sum = V::add(sum, V::keep(V::mask(keys >> j), V::load(weights + j)));
      }
      V::store(mass + m * V::kLanes, sum);
    }
  }

  void finish(const TileRows& rows, int64_t from, int64_t to, Worker& own) const {
    const int64_t count = to - from;
    for (int64_t r = 0; r < count; ++r) own.total[r] = V::sumOf(V::load(own.sum + r * V::kLanes));
    for (int64_t r = 0; r < count; r += V::kLanes) V::store(own.log + r, V::log(V::load(own.total + r)));
    rows.forEach(from, to, [&](int64_t r, int64_t, int64_t query, int64_t head) {
      const float sum = own.total[r];
      const float inverse = sum == 0 ? 0 : 1 / sum;  // 0: all scores are -inf, an empty row
      Pack<Words>::storeGradient(own.out + r * panels_.columns, shape_.valueWidth, inverse, nullptr, nullptr,
                                 at<Element>(problem_.out, query, head));
      const int64_t offset = head * shape_.tq + query;
      static_cast<float*>(problem_.lse)[offset] =
          sum == 0 ? -std::numeric_limits<float>::infinity() : own.maximum[r] * scale_ + own.log[r];
      if (own.mass == nullptr) return;
      float* mass = static_cast<float*>(problem_.mass) + offset * kModalities;
      for (int m = 0; m < kModalities; ++m) {
        mass[m] = V::sumOf(V::load(own.mass + (r * kModalities + m) * V::kLanes)) * inverse;
      }
    });
  }

  const Forward& problem_;
  const Parallel& parallel_;
  const Shape& shape_;
  const Plan& plan_;
  const int64_t keyWords_, valueWords_;  // of a staged row
  const Panels panels_;                  // of v and out
  const int64_t keySteps_, blockWords_;
  const float scale_, slack_;
  mutable std::atomic<bool> finite_{true};
};

}  // namespace
}  // namespace earsight::attention
