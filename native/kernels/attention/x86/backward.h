// Backward attention, one engine over the words and the product of an instruction set.
//
// A task is a component and a key head, or several heads one after the other where there are many components: nobody else
// touches their dK and dV, so sums have one order and no atomics. It walks over its queries in chunks of kChunk columns
// and, inside, over the blocks of keys that they see, and fetches the next head's rows on the way. All scores are
// transposed, S^T = K Q^T and dP^T = V dO^T: then P^T and dS^T (panel_slopes.h) come out as the left factors of
// dV += P^T dO and dK += dS^T Q, the statistics of the queries are vectors without any reduction, and only
// dQ^T += K^T dS^T wants dS paired over keys, which two rows in registers give for nothing. dQ^T is turned around once a
// chunk.
//
// With fewer than kLeastTasks such tasks, each is cut into parts over its tiles; the parts' dK and dV are added in order.
#pragma once

#include <atomic>
#include <limits>

#include "../engine.h"
#include "memory.h"
#include "pack.h"
#include "panel_slopes.h"
#include "tile_rows.h"

namespace earsight::attention {
namespace {

template <typename Words, typename Product, typename Element>
class BackwardRun {
  using V = typename Words::V;
  using Word = typename Words::Word;

 public:
  BackwardRun(const Backward& problem, const Parallel& parallel)
      : problem_(problem),
        parallel_(parallel),
        shape_(problem.shape),
        plan_(problem.plan),
        keyWords_(Pack<Words>::rowWords(shape_.width)),
        valueWords_(Pack<Words>::rowWords(shape_.valueWidth)),
        keyPanels_(shape_.width),
        valuePanels_(shape_.valueWidth),
        scale_(static_cast<float>(std::abs(problem.scale))),
        mostBlocks_(tallest(plan_.components.data(), static_cast<int64_t>(plan_.components.size()))) {}

  // Whether k and v were finite.
  bool run() {
    const auto count = static_cast<int64_t>(plan_.components.size());
    const int64_t heads = shape_.keyHeads, whole = count * heads;
    const int64_t parts = whole < kLeastTasks ? (kLeastTasks + whole - 1) / whole : 1;
    const int64_t each = parts > 1 ? 1 : headsOfTask(count, heads, parallel_.workers), runs = (heads + each - 1) / each;
    Cutter size(nullptr);
    Worker(*this, size);
    Cutter gradientSize(nullptr);
    Gradients(*this, gradientSize);
    const int64_t slots = parts == 1 ? parallel_.workers : whole * parts;
    const Memory memory(parallel_.workers * size.used() + slots * gradientSize.used());
    const auto gradients = [&](int64_t slot) {
      Cutter cutter(memory.data() + parallel_.workers * size.used() + slot * gradientSize.used());
      return Gradients(*this, cutter);
    };

    forEachTask(parallel_, count * runs * parts, [&](int64_t task, int index) {
      [[maybe_unused]] const typename Product::Session session;
      Cutter cutter(memory.data() + index * size.used());
      const Worker own(*this, cutter);
      const int64_t part = task % parts, first = task / parts % runs * each, last = least(first + each, heads);
      const Component& component = plan_.components[task / parts / runs];
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
  using Slopes = PanelSlopes<Words, Product>;
  using Keys = typename Slopes::Keys;
  using Range = typename Slopes::Range;
  static constexpr int64_t kChunk = Slopes::kChunk, kChunkSteps = Slopes::kChunkSteps, kBlockSteps = Slopes::kBlockSteps;
  static constexpr int64_t kChunkPanels = kChunk / kPanelColumns;
  static constexpr int64_t kStrip = Product::kStripRows;
  static constexpr int64_t kLeastTasks = 4;
  static constexpr int64_t kQueriesAhead = 4;  // that are fetched before their turn
  static constexpr int64_t kColumnGrain = Slopes::kKeyGrain > 16 ? Slopes::kKeyGrain : 16;

  struct Worker {
    Word *keyRows, *valueRows, *keyColumns;                  // [blocks] of the component
    Word *staged;                                            // [chunk][words]
    Word *queries, *outs;                                    // transposed panels of q and dO
    Word *queryRows, *outRows;                               // row panels of q and dO
    float *dq, *turned;                                      // dQ^T [width][chunk], 16 rows of dQ
    Slopes slopes;

    Worker(const BackwardRun& run, Cutter& cutter)
        : keyRows(cutter.take<Word>(run.mostBlocks_ * kBlockKeys * run.keyWords_)),
          valueRows(cutter.take<Word>(run.mostBlocks_ * kBlockKeys * run.valueWords_)),
          keyColumns(cutter.take<Word>(run.mostBlocks_ * kBlockSteps * run.keyPanels_.columns)),
          staged(cutter.take<Word>(kChunk * (run.keyWords_ > run.valueWords_ ? run.keyWords_ : run.valueWords_))),
          queries(cutter.take<Word>(kChunk * run.keyWords_)),
          outs(cutter.take<Word>(kChunk * run.valueWords_)),
          queryRows(cutter.take<Word>(kChunkSteps * run.keyPanels_.columns)),
          outRows(cutter.take<Word>(kChunkSteps * run.valuePanels_.columns)),
          dq(cutter.take<float>(kChunk * run.keyPanels_.columns)),
          turned(cutter.take<float>(16 * run.keyPanels_.columns)),
          slopes(run.shape_, run.scale_, run.problem_.dMass != nullptr, cutter) {}

    Keys keys(const BackwardRun& run, int64_t block) const {
      return {keyRows + block * kBlockKeys * run.keyWords_, valueRows + block * kBlockKeys * run.valueWords_,
              keyColumns + block * kBlockSteps * run.keyPanels_.columns};
    }
  };

  struct Gradients {
    float *dk, *dv;  // [blocks of the component][64][columns]

    Gradients(const BackwardRun& run, Cutter& cutter)
        : dk(cutter.take<float>(run.mostBlocks_ * kBlockKeys * run.keyPanels_.columns)),
          dv(cutter.take<float>(run.mostBlocks_ * kBlockKeys * run.valuePanels_.columns)) {}
  };

  // The same rows of head `next` are fetched on the way where it is another, and those that the gradients go to.
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
        visible.read(plan_, pair, block.keys, rows, from, to, own.slopes.masks);
        if (visible.any == 0) continue;
        const int64_t place = pair.block - firstBlock;
        const Keys keys = own.keys(*this, place);
        addBlock(block, keys, to - from, padded, touched, own, sums.dk + place * kBlockKeys * keyPanels_.columns,
                 sums.dv + place * kBlockKeys * valuePanels_.columns);
      }
      storeQueries(rows, from, to, own);
    }
  }

  // q and dO of a chunk in both forms, and the statistics as vectors. Padding has an infinite lse: its P is 0. `more`: the
  // same rows are wanted of the next key head, and fetched; without it, rows of this head that come soon.
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
      const int64_t place = head * shape_.tq + query;
      const float lse = static_cast<const float*>(problem_.lse)[place];
      own.slopes.lse[r] = lse == -std::numeric_limits<float>::infinity() ? -lse : lse;
      const float delta = deltaOf<V, Element>(problem_, query, head);
      own.slopes.delta[r] = delta;
      if (problem_.dMass == nullptr) return;
      const float* dMass = static_cast<const float*>(problem_.dMass) + query * problem_.dMassRow + head * problem_.dMassHead;
      for (int m = 0; m < kModalities; ++m) own.slopes.delta[m * kChunk + r] = delta - dMass[m];
    });
    for (int64_t r = count; r < padded; ++r) own.slopes.lse[r] = std::numeric_limits<float>::infinity();
    for (int m = 0; m < (problem_.dMass == nullptr ? 1 : kModalities); ++m) {
      std::memset(own.slopes.delta + m * kChunk + count, 0, (padded - count) * sizeof(float));
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
      seen[p] = own.slopes.fill(block, keys, own.queries, own.outs, p, count,
                                least(kPanelColumns, padded - p * kPanelColumns));
    }
    for (int64_t p = 0; p < panels; ++p) {
      if (seen[p].begin == seen[p].end) continue;
      Product::multiply(keys.columns + seen[p].begin / Words::kPerWord, kBlockSteps,
                        own.slopes.pairs(p) + seen[p].begin / Words::kPerWord * Slopes::kPairStride, Slopes::kPairStride,
                        own.dq + p * kPanelColumns, kChunk, shape_.width, least(kPanelColumns, padded - p * kPanelColumns),
                        (seen[p].end - seen[p].begin) / Words::kPerWord, touched[p]);
      touched[p] = true;
    }
    addGradients(block, seen, panels, padded, own.slopes.weights, own.outRows, valuePanels_, dv);
    addGradients(block, seen, panels, padded, own.slopes.slopes, own.queryRows, keyPanels_, dk);
  }

  // sums += left right, a strip of keys against the columns from the first to the last panel that sees any of it. Strips
  // are inside, so that a panel of the right factor, two thirds of the first-level cache, is fetched once.
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

  // The block's gradients come from far away when the component is large: ask for them while S is computed.
  static void prefetchPart(const float* gradients, int64_t columns, int64_t part, int64_t parts) {
    const int64_t size = kBlockKeys * columns / parts;
    V::prefetch(gradients + part * size, size * sizeof(float));
  }

  void storeQueries(const TileRows& rows, int64_t from, int64_t to, const Worker& own) const {
    const int64_t columns = keyPanels_.columns;
    for (int64_t c = from; c < to; c += 16) {
      for (int64_t d = 0; d < columns; d += 16) {
        V::transpose(own.dq + d * kChunk + c - from, kChunk, own.turned + d, columns);
      }
      rows.forEach(c, least(c + 16, to), [&](int64_t r, int64_t, int64_t query, int64_t head) {
        Pack<Words>::storeGradient(own.turned + r * columns, shape_.width, static_cast<float>(problem_.scale),
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
