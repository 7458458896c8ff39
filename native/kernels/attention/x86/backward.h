// Backward attention, a template over the words and the product of an instruction set.
//
// A task is a component and a key head, or several heads in turn where there are many components. No other task writes
// their dK and dV, so sums have one order and need no atomics. A task goes over its queries in chunks of kChunk columns
// and, inside, over the blocks of keys that they see, and prefetches the next head's rows. All scores are transposed, S^T = K Q^T and dP^T = V dO^T: then P^T and dS^T (panel_score_gradients.h) come out as the left factors of
// dV += P^T dO and dK += dS^T Q, the statistics of the queries are vectors without any reduction, and only
// dQ^T += K^T dS^T needs dS paired over keys, which two rows in registers give at no cost. dQ^T is transposed once a chunk.
//
// With fewer than kLeastTasks such tasks, each is divided into parts over its tiles; the parts' dK and dV are added in
// order.
#pragma once

#include <atomic>
#include <limits>

#include "../engine.h"
#include "memory.h"
#include "pack.h"
#include "panel_score_gradients.h"
#include "tile_rows.h"

namespace earsight::attention {
namespace {

template <typename Words, typename Product, typename Element>
class BackwardPass {
  using V = typename Words::V;
  using Word = typename Words::Word;

 public:
  BackwardPass(const Backward& problem, const Parallel& parallel)
      : problem_(problem),
        parallel_(parallel),
        shape_(problem.shape),
        plan_(problem.plan),
        keyWords_(Pack<Words>::rowWords(shape_.width)),
        valueWords_(Pack<Words>::rowWords(shape_.valueWidth)),
        keyPanels_(shape_.width),
        valuePanels_(shape_.valueWidth),
        scale_(static_cast<float>(std::abs(problem.scale))),
        mostBlocks_(mostBlocksOf(plan_.components.data(), static_cast<int64_t>(plan_.components.size()))) {}

  // Whether k and v were finite.
  bool run() {
    const auto count = static_cast<int64_t>(plan_.components.size());
    const int64_t heads = shape_.keyHeads, whole = count * heads;
    const int64_t parts = whole < kLeastTasks ? (kLeastTasks + whole - 1) / whole : 1;
    const int64_t headsEach = parts > 1 ? 1 : headsOfTask(count, heads, parallel_.workers);
    const int64_t headGroups = (heads + headsEach - 1) / headsEach;
    BumpAllocator size(nullptr);
    Worker(*this, size);
    BumpAllocator gradientSize(nullptr);
    Gradients(*this, gradientSize);
    const int64_t slots = parts == 1 ? parallel_.workers : whole * parts;
    const Memory memory(parallel_.workers * size.used() + slots * gradientSize.used());
    const auto gradients = [&](int64_t slot) {
      BumpAllocator allocator(memory.data() + parallel_.workers * size.used() + slot * gradientSize.used());
      return Gradients(*this, allocator);
    };

    forEachTask(parallel_, count * headGroups * parts, [&](int64_t task, int index) {
      [[maybe_unused]] const typename Product::Session session;
      BumpAllocator allocator(memory.data() + index * size.used());
      const Worker own(*this, allocator);
      const int64_t part = task % parts, first = task / parts % headGroups * headsEach;
      const int64_t last = least(first + headsEach, heads);
      const Component& component = plan_.components[task / parts / headGroups];
      const Gradients sums = gradients(parts == 1 ? index : task);
      for (int64_t head = first; head < last; ++head) {
        const int64_t next = least(head + 1, last - 1);
        for (int64_t b = 0; b < component.blocks; ++b) {
          pack(plan_.blocks[component.firstBlock + b], head, next, own.keys(*this, b), own);
        }
        clear(component, sums);
        for (int64_t t = part; t < component.tiles; t += parts) {
          runTile(plan_.tiles[component.firstTile + t], head, next, component.firstBlock, own, sums);
        }
        if (parts == 1) store(component, head, sums);
      }
    });
    if (parts == 1 || !finite_) return finite_;
    forEachTask(parallel_, whole, [&](int64_t task, int) {
      const Component& component = plan_.components[task / heads];
      const Gradients sums = gradients(task * parts);
      for (int64_t part = 1; part < parts; ++part) {
        const Gradients more = gradients(task * parts + part);
        add(sums.dk, more.dk, component.blocks * kBlockKeys * keyPanels_.columns);
        add(sums.dv, more.dv, component.blocks * kBlockKeys * valuePanels_.columns);
      }
      store(component, task % heads, sums);
    });
    return true;
  }

 private:
  using ScoreGradients = PanelScoreGradients<Words, Product>;
  using Keys = typename ScoreGradients::Keys;
  using Range = typename ScoreGradients::Range;
  static constexpr int64_t kChunk = ScoreGradients::kChunk, kChunkSteps = ScoreGradients::kChunkSteps;
  static constexpr int64_t kBlockSteps = ScoreGradients::kBlockSteps;
  static constexpr int64_t kChunkPanels = kChunk / kPanelColumns;
  static constexpr int64_t kStrip = Product::kStripRows;
  static constexpr int64_t kLeastTasks = 4;
  static constexpr int64_t kQueriesAhead = 4;  // how many rows ahead queries are prefetched
  static constexpr int64_t kColumnGrain = ScoreGradients::kKeyGrain > 16 ? ScoreGradients::kKeyGrain : 16;

  struct Worker {
    Word *keyRows, *valueRows, *keyColumns;                  // [blocks] of the component
    Word *staged;                                            // [chunk][words]
    Word *queries, *outs;                                    // transposed panels of q and dO
    Word *queryRows, *outRows;                               // row panels of q and dO
    float *dq, *dqRows;                                      // dQ^T [width][chunk], 16 rows of dQ
    ScoreGradients scores;

    Worker(const BackwardPass& pass, BumpAllocator& allocator)
        : keyRows(allocator.take<Word>(pass.mostBlocks_ * kBlockKeys * pass.keyWords_)),
          valueRows(allocator.take<Word>(pass.mostBlocks_ * kBlockKeys * pass.valueWords_)),
          keyColumns(allocator.take<Word>(pass.mostBlocks_ * kBlockSteps * pass.keyPanels_.columns)),
          staged(allocator.take<Word>(kChunk * (pass.keyWords_ > pass.valueWords_ ? pass.keyWords_ : pass.valueWords_))),
          queries(allocator.take<Word>(kChunk * pass.keyWords_)),
          outs(allocator.take<Word>(kChunk * pass.valueWords_)),
          queryRows(allocator.take<Word>(kChunkSteps * pass.keyPanels_.columns)),
          outRows(allocator.take<Word>(kChunkSteps * pass.valuePanels_.columns)),
          dq(allocator.take<float>(kChunk * pass.keyPanels_.columns)),
          dqRows(allocator.take<float>(16 * pass.keyPanels_.columns)),
          scores(pass.shape_, pass.scale_, pass.problem_.dMass != nullptr, allocator) {}

    Keys keys(const BackwardPass& pass, int64_t block) const {
      return {keyRows + block * kBlockKeys * pass.keyWords_, valueRows + block * kBlockKeys * pass.valueWords_,
              keyColumns + block * kBlockSteps * pass.keyPanels_.columns};
    }
  };

  struct Gradients {
    float *dk, *dv;  // [blocks of the component][64][columns]

    Gradients(const BackwardPass& pass, BumpAllocator& allocator)
        : dk(allocator.take<float>(pass.mostBlocks_ * kBlockKeys * pass.keyPanels_.columns)),
          dv(allocator.take<float>(pass.mostBlocks_ * kBlockKeys * pass.valuePanels_.columns)) {}
  };

  // Packs a block's keys and values, and prefetches the same rows of head `next` where it is another one and the rows of dk
  // and dv that the gradients are written to.
  void pack(const Block& block, int64_t head, int64_t next, const Keys& target, const Worker& own) const {
    const int64_t padded = roundUp(block.keys, 16 * Words::kPerWord);
    for (int64_t j = 0; j < block.keys; ++j) {
      if (next != head) {
        fetch<V, Element>(problem_.k, block.key + j, next, shape_.width);
        fetch<V, Element>(problem_.v, block.key + j, next, shape_.valueWidth);
      }
      fetch<V, Element>(problem_.dk, block.key + j, head, shape_.width);
      fetch<V, Element>(problem_.dv, block.key + j, head, shape_.valueWidth);
      stageKey<Words, Element>(problem_, block.key + j, head, target.rows + j * keyWords_);
      stageValue<Words, Element>(problem_, block.key + j, head, target.values + j * valueWords_);
    }
    if (!Pack<Words>::finite(target.rows, block.keys * keyWords_) ||
        !Pack<Words>::finite(target.values, block.keys * valueWords_)) {
      finite_.store(false, std::memory_order_relaxed);
    }
    Pack<Words>::zeroRows(target.rows, keyWords_, block.keys, padded);
    Pack<Words>::zeroRows(target.values, valueWords_, block.keys, padded);
    // K^T: pairs of rows, then their columns as rows.
    if constexpr (Words::kPerWord == 1) {
      Pack<Words>::transpose(target.rows, keyWords_, padded, target.columns, kBlockSteps);
    } else {
      const int64_t columns = keyPanels_.columns;
      Pack<Words>::interleaveRows(target.rows, keyWords_, padded, 0, columns, own.staged);
      Pack<Words>::transpose(own.staged, columns, padded / Words::kPerWord, target.columns, kBlockSteps);
    }
  }

  void runTile(const Tile& tile, int64_t keyHead, int64_t next, int64_t firstBlock, const Worker& own,
               const Gradients& sums) const {
    const TileRows rows(problem_, tile, keyHead);
    for (int64_t from = 0; from < rows.count; from += kChunk) {
      const int64_t to = least(from + kChunk, rows.count);
      const int64_t padded = roundUp(to - from, kColumnGrain);
      load(rows, from, to, padded, next != keyHead, own);
      bool touched[kChunkPanels] = {};
      for (int64_t p = tile.firstPair; p < tile.firstPair + tile.pairs; ++p) {
        const Pair& pair = plan_.pairs[p];
        const Block& block = plan_.blocks[pair.block];
        Visible visible;
        visible.read(plan_, pair, block.keys, rows, from, to, own.scores.masks);
        if (visible.any == 0) continue;
        const int64_t index = pair.block - firstBlock;
        const Keys keys = own.keys(*this, index);
        addBlock(block, keys, to - from, padded, touched, own, sums.dk + index * kBlockKeys * keyPanels_.columns,
                 sums.dv + index * kBlockKeys * valuePanels_.columns);
      }
      storeQueries(rows, from, to, own);
    }
  }

  // Loads q and dO of a chunk in both forms, and the statistics as vectors. Padding has an infinite lse: its P is 0. With
  // `more`, the same rows of the next key head are prefetched; without it, the next rows of this head.
  void load(const TileRows& rows, int64_t from, int64_t to, int64_t padded, bool more, const Worker& own) const {
    const int64_t count = to - from;
    const int64_t last = rows.count / rows.group - 1;
    rows.forEach(from, to, [&](int64_t r, int64_t row, int64_t query, int64_t head) {
      const int64_t soon = more ? query : rows.queries[least(row + kQueriesAhead, last)];
      const int64_t soonHead = more ? head + rows.group : head;
      fetch<V, Element>(problem_.q, soon, soonHead, shape_.width);
      fetch<V, Element>(problem_.dOut, soon, soonHead, shape_.valueWidth);
      fetch<V, Element>(problem_.out, soon, soonHead, shape_.valueWidth);
      fetch<V, Element>(problem_.dq, query, head, shape_.width);
      stageQuery<Words, Element>(problem_, query, head, own.staged + r * keyWords_);
      const int64_t offset = head * shape_.tq + query;
      const float lse = static_cast<const float*>(problem_.lse)[offset];
      own.scores.lse[r] = lse == -std::numeric_limits<float>::infinity() ? -lse : lse;
      const float delta = deltaOf<V, Element>(problem_, query, head);
      own.scores.delta[r] = delta;
      if (problem_.dMass == nullptr) return;
      const float* dMass = static_cast<const float*>(problem_.dMass) + query * problem_.dMassRow + head * problem_.dMassHead;
      for (int m = 0; m < kModalities; ++m) own.scores.delta[m * kChunk + r] = delta - dMass[m];
    });
    for (int64_t r = count; r < padded; ++r) own.scores.lse[r] = std::numeric_limits<float>::infinity();
    for (int m = 0; m < (problem_.dMass == nullptr ? 1 : kModalities); ++m) {
      std::memset(own.scores.delta + m * kChunk + count, 0, (padded - count) * sizeof(float));
    }
    arrange(own.staged, keyWords_, count, padded, keyPanels_, own.queries, own.queryRows);
    rows.forEach(from, to, [&](int64_t r, int64_t, int64_t query, int64_t head) {
      Pack<Words>::stage(at<Element>(problem_.dOut, query, head), shape_.valueWidth, nullptr, nullptr,
                         own.staged + r * valueWords_);
    });
    arrange(own.staged, valueWords_, count, padded, valuePanels_, own.outs, own.outRows);
  }

  static void arrange(Word* staged, int64_t words, int64_t count, int64_t padded, const Panels& panels, Word* transposed,
                      Word* rowPanels) {
    Pack<Words>::zeroRows(staged, words, count, padded);
    for (int64_t c = 0; c < padded; c += kPanelColumns) {
      Pack<Words>::transpose(staged + c * words, words, least(kPanelColumns, padded - c), transposed + c * words,
                             kPanelColumns);
    }
    Pack<Words>::rowPanels(staged, words, padded, panels, rowPanels, kChunkSteps);
  }

  void addBlock(const Block& block, const Keys& keys, int64_t count, int64_t padded, bool* touched, const Worker& own,
                float* dk, float* dv) const {
    Range seen[kChunkPanels];  // keys that the columns of a panel see, in whole step groups
    const int64_t panels = (padded + kPanelColumns - 1) / kPanelColumns;
    for (int64_t p = 0; p < panels; ++p) {
      if constexpr (!Product::kFetchesAhead) {
        prefetchPart(dk, keyPanels_.columns, p, panels);
        prefetchPart(dv, valuePanels_.columns, p, panels);
      }
      seen[p] = own.scores.fill(block, keys, own.queries, own.outs, p, count,
                                least(kPanelColumns, padded - p * kPanelColumns));
    }
    for (int64_t p = 0; p < panels; ++p) {
      if (seen[p].begin == seen[p].end) continue;
      Product::multiply(keys.columns + seen[p].begin / Words::kPerWord, kBlockSteps,
                        own.scores.pairs(p) + seen[p].begin / Words::kPerWord * ScoreGradients::kPairStride,
                        ScoreGradients::kPairStride,
                        own.dq + p * kPanelColumns, kChunk, shape_.width, least(kPanelColumns, padded - p * kPanelColumns),
                        (seen[p].end - seen[p].begin) / Words::kPerWord, touched[p]);
      touched[p] = true;
    }
    addGradients(block, seen, panels, padded, own.scores.weights, own.outRows, valuePanels_, dv);
    addGradients(block, seen, panels, padded, own.scores.dScores, own.queryRows, keyPanels_, dk);
  }

  // sums += left right, a strip of keys against the columns from the first to the last panel that sees any of it. Strips
  // are the inner loop, so that a panel of the right factor, two thirds of the first-level cache, is fetched once.
  static void addGradients(const Block& block, const Range* seen, int64_t panels, int64_t padded, const Word* left,
                           const Word* right, const Panels& target, float* sums) {
    for (int64_t d = 0; d < target.count; ++d) {
      const int64_t begin = target.begin(d), width = target.width(d);
      for (int64_t j = 0; j < block.keys; j += kStrip) {
        const int64_t rows = least(kStrip, block.keys - j);
        int64_t first = panels, last = 0;
        for (int64_t p = 0; p < panels; ++p) {
          if (seen[p].begin >= j + rows || seen[p].end <= j) continue;
          first = least(first, p);
          last = p + 1;
        }
        if (first >= last) continue;
        const int64_t step = first * kPanelColumns / Words::kPerWord;
        const int64_t count = least(last * kPanelColumns, padded) / Words::kPerWord - step;
        Product::multiply(left + j * kChunkSteps + step, kChunkSteps, right + kChunkSteps * begin + step * width, width,
                          sums + j * target.columns + begin, target.columns, rows, width, count, true);
      }
    }
  }

  // The block's gradients are in a distant cache when the component is large: prefetches a part of them while S is computed.
  static void prefetchPart(const float* gradients, int64_t columns, int64_t part, int64_t parts) {
    const int64_t size = kBlockKeys * columns / parts;
    V::prefetch(gradients + part * size, size * sizeof(float));
  }

  void storeQueries(const TileRows& rows, int64_t from, int64_t to, const Worker& own) const {
    const int64_t columns = keyPanels_.columns;
    for (int64_t c = from; c < to; c += 16) {
      for (int64_t d = 0; d < columns; d += 16) {
        V::transpose(own.dq + d * kChunk + c - from, kChunk, own.dqRows + d, columns);
      }
      rows.forEach(c, least(c + 16, to), [&](int64_t r, int64_t, int64_t query, int64_t head) {
        Pack<Words>::storeGradient(own.dqRows + r * columns, shape_.width, static_cast<float>(problem_.scale),
                                   table(problem_.rotary.cos, query, shape_.width),
                                   table(problem_.rotary.sin, query, shape_.width),
                                   at<Element>(problem_.dq, query, head));
      });
    }
  }

  void clear(const Component& component, const Gradients& sums) const {
    for (int64_t b = 0; b < component.blocks; ++b) {
      const int64_t row = b * kBlockKeys, keys = plan_.blocks[component.firstBlock + b].keys;
      std::memset(sums.dk + row * keyPanels_.columns, 0, keys * keyPanels_.columns * sizeof(float));
      std::memset(sums.dv + row * valuePanels_.columns, 0, keys * valuePanels_.columns * sizeof(float));
    }
  }

  void store(const Component& component, int64_t head, const Gradients& sums) const {
    for (int64_t b = 0; b < component.blocks; ++b) {
      const Block& block = plan_.blocks[component.firstBlock + b];
      for (int64_t j = 0; j < block.keys; ++j) {
        const int64_t row = b * kBlockKeys + j, key = block.key + j;
        Pack<Words>::storeGradient(sums.dk + row * keyPanels_.columns, shape_.width, scale_,
                                   table(problem_.rotary.keyCos, key, shape_.width),
                                   table(problem_.rotary.keySin, key, shape_.width), at<Element>(problem_.dk, key, head));
        Pack<Words>::storeGradient(sums.dv + row * valuePanels_.columns, shape_.valueWidth, 1, nullptr, nullptr,
                                   at<Element>(problem_.dv, key, head));
      }
    }
  }

  static void add(float* sum, const float* more, int64_t count) {
    for (int64_t i = 0; i < count; i += V::kLanes) V::store(sum + i, V::add(V::load(sum + i), V::load(more + i)));
  }

  const Backward& problem_;
  const Parallel& parallel_;
  const Shape& shape_;
  const Plan& plan_;
  const int64_t keyWords_, valueWords_;  // of a staged row
  const Panels keyPanels_, valuePanels_;
  const float scale_;
  const int64_t mostBlocks_;  // of a component
  mutable std::atomic<bool> finite_{true};
};

}  // namespace
}  // namespace earsight::attention
