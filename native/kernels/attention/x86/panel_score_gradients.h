// The pointwise part of attention's backward: P^T = exp(S^T - lse) and dS^T = P^T (dP^T - delta) of a block of keys and a
// panel of query columns. The two products S^T = K Q^T and dP^T = V dO^T are made here and used while they are in the
// first-level cache. P^T and dS^T are written as words along the columns, left factors of dV += P^T dO and dK += dS^T Q;
// dS^T also as words along the keys, the right factor of dQ^T += K^T dS^T.
#pragma once

#include "../plan.h"
#include "bit_matrix.h"
#include "memory.h"
#include "pack.h"
#include "tile_rows.h"

namespace earsight::attention {
namespace {

template <typename Words, typename Product>
struct PanelScoreGradients {
  using V = typename Words::V;
  using Vec = typename V::Vec;
  using Word = typename Words::Word;

  // Columns (query rows) of a chunk. 256 keep its packed q and dO, dQ^T and one block's P, dS, K, V, dK and dV in the
  // second-level cache for D = 128, and amortise reading and writing dK and dV.
  static constexpr int64_t kChunk = 256;
  static constexpr int64_t kChunkSteps = kChunk / Words::kPerWord;
  static constexpr int64_t kBlockSteps = kBlockKeys / Words::kPerWord;
  // Keys that one group of steps covers.
  static constexpr int64_t kKeyGrain = Product::kStepGrain * Words::kPerWord;
  // dS as words along the keys: pairs of two keys have panels of their own; floats are the words of dS itself.
  static constexpr int64_t kPairStride = Words::kPerWord == 1 ? kChunk : kPanelColumns;

  // One block's keys for one head, as left factors: rows of k and v, and k's columns.
  struct Keys {
    Word *rows, *values, *columns;
  };
  struct Range {
    int64_t begin = 0, end = 0;
  };

  Word *weights, *dScores;  // P^T and dS^T [64][chunk]
  // Of the chunk's columns, filled by the caller: the statistics (delta has one row a modality where there is a gradient of
  // the mass), and which keys each column sees.
  float *lse, *delta;
  uint64_t* masks;

  PanelScoreGradients(const Shape& shape, float scale, bool ofModalities, BumpAllocator& allocator)
      : weights(allocator.take<Word>(kBlockKeys * kChunkSteps)),
        dScores(allocator.take<Word>(kBlockKeys * kChunkSteps)),
        lse(allocator.take<float>(kChunk)),
        delta(allocator.take<float>(kChunk * (ofModalities ? kModalities : 1))),
        masks(allocator.take<uint64_t>(kChunk)),
        pairs_(Words::kPerWord == 1 ? dScores : allocator.take<Word>(kChunk * kBlockSteps)),
        scores_(allocator.take<float>(kBlockKeys * kPanelColumns)),
        products_(allocator.take<float>(kBlockKeys * kPanelColumns)),
        keyWords_(Pack<Words>::rowWords(shape.width)),
        valueWords_(Pack<Words>::rowWords(shape.valueWidth)),
        keySteps_(steps(shape.width)),
        valueSteps_(steps(shape.valueWidth)),
        scale_(scale),
        ofModalities_(ofModalities) {}

  Word* pairs(int64_t panel) const {
    return pairs_ + panel * (Words::kPerWord == 1 ? kPanelColumns : kPanelColumns * kBlockSteps);
  }

  // Fills a panel of weights, dScores and pairs, with zeros where a column does not see a key. queries and outs: transposed
  // panels of q and dO; count: the chunk's columns; columns: the panel's, padded. Returns the range of keys that are seen.
  Range fill(const Block& block, const Keys& keys, const Word* queries, const Word* outs, int64_t panel, int64_t count,
             int64_t columns) const {
    uint64_t seen[kBlockKeys];
    uint64_t any = 0, all = ~uint64_t{0};
    const int64_t here = least(kPanelColumns, count - panel * kPanelColumns);
    for (int64_t c = 0; c < here; ++c) {
      seen[c] = masks[panel * kPanelColumns + c];
      any |= seen[c];
      all &= seen[c];
    }
    Range range;
    if (any != 0) {
      range.begin = lowestBit(any) / kKeyGrain * kKeyGrain;
      range.end = roundUp(highestBit(any) + 1, kKeyGrain);
    }
    clear(panel, columns, 0, range.begin);
    clear(panel, columns, range.end, block.keys);
    const int64_t rows = range.end - range.begin;
    Product::multiply(keys.rows + range.begin * keyWords_, keyWords_, queries + panel * kPanelColumns * keyWords_,
                      kPanelColumns, scores_, kPanelColumns, rows, columns, keySteps_, false);
    Product::multiply(keys.values + range.begin * valueWords_, valueWords_, outs + panel * kPanelColumns * valueWords_,
                      kPanelColumns, products_, kPanelColumns, rows, columns, valueSteps_, false);
    if (all >> range.begin == lowestBits(rows)) {
      for (int64_t i = 0; i < rows; i += Words::kPerWord) fillKeys<false>(block, panel, range.begin + i, i, columns, seen);
    } else {
      for (int64_t c = here; c < kBlockKeys; ++c) seen[c] = 0;
      transposeBits(seen);
      for (int64_t i = 0; i < rows; i += Words::kPerWord) fillKeys<true>(block, panel, range.begin + i, i, columns, seen);
    }
    return range;
  }

 private:
  static int64_t steps(int64_t width) {
    return roundUp((width + Words::kPerWord - 1) / Words::kPerWord, Product::kStepGrain);
  }

  void clear(int64_t panel, int64_t columns, int64_t from, int64_t to) const {
    const int64_t size = columns / Words::kPerWord * static_cast<int64_t>(sizeof(Word));
    for (int64_t j = from; j < to; ++j) {
      const int64_t offset = j * kChunkSteps + panel * kPanelColumns / Words::kPerWord;
      std::memset(weights + offset, 0, size);
      std::memset(dScores + offset, 0, size);
    }
  }

  // The keys of one word (two or one), from row `row` of S and dP. seen[key]: which columns see it.
  template <bool kMasked>
  void fillKeys(const Block& block, int64_t panel, int64_t key, int64_t row, int64_t columns, const uint64_t* seen) const {
    constexpr int kKeys = Words::kPerWord, kPair = 2;
    const float* deltas[kKeys];
    for (int k = 0; k < kKeys; ++k) {
      deltas[k] = delta + panel * kPanelColumns + (ofModalities_ ? kChunk * modalityOf(block, key + k) : 0);
    }
    const float* rowLse = lse + panel * kPanelColumns;
    const Vec factor = V::all(scale_), base = V::all(kLog2E);
    for (int64_t c = 0; c < columns; c += kPair * V::kLanes) {
      Vec dScore[kKeys][kPair];
#pragma GCC unroll 2
      for (int k = 0; k < kKeys; ++k) {
        Vec weight[kPair];
#pragma GCC unroll 2
        for (int v = 0; v < kPair; ++v) {
          const int64_t column = c + v * V::kLanes, offset = (row + k) * kPanelColumns + column;
          if (v > 0 && column >= columns) {
            weight[v] = dScore[k][v] = V::zero();
            continue;
          }
          const Vec x = V::multiplySub(V::load(scores_ + offset), factor, V::load(rowLse + column));
          weight[v] = V::template exp2<Words::kExpDegree>(V::mul(x, base));
          if constexpr (kMasked) weight[v] = V::keep(V::mask(seen[key + k] >> column), weight[v]);
          dScore[k][v] = V::mul(weight[v], V::sub(V::load(products_ + offset), V::load(deltas[k] + column)));
        }
        const int64_t target = (key + k) * kChunkSteps + (panel * kPanelColumns + c) / Words::kPerWord;
        Words::storeAlong(weights + target, weight[0], weight[1]);
        Words::storeAlong(dScores + target, dScore[k][0], dScore[k][1]);
      }
      if constexpr (kKeys == 2) {
        Word* across = pairs(panel) + key / kKeys * kPanelColumns + c;
#pragma GCC unroll 2
        for (int v = 0; v < kPair; ++v) Words::storeAcross(across + v * V::kLanes, dScore[0][v], dScore[1][v]);
      }
    }
  }

  static int modalityOf(const Block& block, int64_t key) {
    for (int m = 1; m < kModalities; ++m) {
      if (block.ofModality[m] >> key & 1) return m;
    }
    return 0;
  }

  Word* pairs_;
  float *scores_, *products_;
  int64_t keyWords_, valueWords_;  // of a staged row
  int64_t keySteps_, valueSteps_;
  float scale_;
  bool ofModalities_;
};

}  // namespace
}  // namespace earsight::attention
