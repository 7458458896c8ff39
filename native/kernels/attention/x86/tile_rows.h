// What forward and backward share: the rows of a tile as rows of a product, and which keys of a block some of them see.
//
// A row of a product is a query row and one head of the group that shares a key head, heads innermost. So a packed block
// of keys serves the whole group, small nodes fill register tiles, and neighbouring rows see nearly the same keys.
#pragma once

#include "../problem.h"
#include "pack.h"

namespace earsight::attention {
namespace {

struct TileRows {
  const int64_t* queries;  // of the tile's query rows
  int64_t group, head;     // heads of the group, the first of them
  int64_t count;           // rows x group

  TileRows(const Problem& problem, const Tile& tile, int64_t keyHead)
      : queries(problem.plan.rows.data() + tile.firstRow),
        group(problem.shape.group()),
        head(keyHead * group),
        count(tile.rows * group) {}

  // body(row - from, index of the query row in the tile, its row of q, head) for product rows from .. to - 1
  template <typename Body>
  void forEach(int64_t from, int64_t to, const Body& body) const {
    int64_t index = from / group, member = from % group;
    for (int64_t row = from; row < to; ++row) {
      body(row - from, index, queries[index], head + member);
      if (++member == group) {
        member = 0;
        ++index;
      }
    }
  }
};

// How many neighbouring key heads a task takes of each of `count` independent components: the most that leave every worker
// enough tasks. Neighbouring heads are neighbours in memory.
inline int64_t headsOfTask(int64_t count, int64_t heads, int64_t workers) {
  constexpr int64_t kTasksPerWorker = 16;
  if (count == 0) return 1;
  const int64_t groups = least((kTasksPerWorker * workers + count - 1) / count, heads);
  return (heads + groups - 1) / groups;
}

// The most blocks of a component.
inline int64_t mostBlocksOf(const Component* components, int64_t count) {
  int64_t most = 0;
  for (int64_t c = 0; c < count; ++c) most = most < components[c].blocks ? components[c].blocks : most;
  return most;
}

inline int lowestBit(uint64_t word) { return __builtin_ctzll(word); }
inline int highestBit(uint64_t word) { return 63 - __builtin_clzll(word); }
inline uint64_t lowestBits(int64_t count) { return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }

// Mask words of some rows for one block; bits past the block's keys are clear.
struct Visible {
  uint64_t any = 0, all = ~uint64_t{0};

  void read(const Plan& plan, const Pair& pair, int64_t keys, const TileRows& rows, int64_t from, int64_t to,
            uint64_t* words) {
    const uint64_t inside = lowestBits(keys);
    if (pair.full()) {
      any = all = inside;
      for (int64_t r = 0; r < to - from; ++r) words[r] = inside;
      return;
    }
    const uint64_t* masks = plan.masks.data() + pair.mask;
    rows.forEach(from, to, [&](int64_t r, int64_t index, int64_t, int64_t) {
      words[r] = masks[index * pair.maskStride] & inside;
      any |= words[r];
      all &= words[r];
    });
  }
};

template <typename T>
const T* at(const ConstRows& rows, int64_t row, int64_t head) {
  return static_cast<const T*>(rows.data) + row * rows.rowStride + head * rows.headStride;
}
template <typename T>
T* at(const Rows& rows, int64_t row, int64_t head) {
  return static_cast<T*>(rows.data) + row * rows.rowStride + head * rows.headStride;
}

// Prefetches a row of one head that is read or written soon. A head's rows are too far apart for the hardware prefetcher.
template <typename V, typename Element, typename Strided>
void fetch(const Strided& rows, int64_t row, int64_t head, int64_t width) {
  V::prefetch(at<Element>(rows, row, head), width * sizeof(Element));
}

// A row's rotary table, null without rotation.
inline const float* table(const void* tables, int64_t row, int64_t width) {
  return tables == nullptr ? nullptr : static_cast<const float*>(tables) + row * (width / 2);
}

constexpr float kLog2E = 1.4426950408889634f;

// delta_i of problem.h
template <typename V, typename Element>
float deltaOf(const Backward& problem, int64_t query, int64_t head) {
  const Element* out = at<Element>(problem.out, query, head);
  const Element* dOut = at<Element>(problem.dOut, query, head);
  auto products = V::zero();
  for (int64_t d = 0; d < problem.shape.valueWidth; d += V::kLanes) {
    const int count = static_cast<int>(least(V::kLanes, problem.shape.valueWidth - d));
    products = V::multiplyAdd(V::loadPart(out + d, count), V::loadPart(dOut + d, count), products);
  }
  float delta = V::sumOf(products);
  const int64_t offset = head * problem.shape.tq + query;
  if (problem.dMass != nullptr) {
    const float* dMass = static_cast<const float*>(problem.dMass) + query * problem.dMassRow + head * problem.dMassHead;
    const float* mass = static_cast<const float*>(problem.mass) + offset * kModalities;
    for (int m = 0; m < kModalities; ++m) delta += dMass[m] * mass[m];
  }
  if (problem.dLse != nullptr) delta -= static_cast<const float*>(problem.dLse)[offset];
  return delta;
}

// S = |scale| (sign q) . k: the sign of the scale moves to q, so that a larger product is a larger score.
template <typename Words, typename Element>
void stageQuery(const Problem& problem, int64_t query, int64_t head, typename Words::Word* target) {
  const int64_t width = problem.shape.width;
  Pack<Words>::stage(at<Element>(problem.q, query, head), width, table(problem.rotary.cos, query, width),
                     table(problem.rotary.sin, query, width), target);
  if (problem.scale < 0) {
    auto* elements = reinterpret_cast<typename Words::Packed*>(target);
    for (int64_t d = 0; d < width; ++d) {
      elements[d] = static_cast<typename Words::Packed>(-static_cast<float>(elements[d]));
    }
  }
}

template <typename Words, typename Element>
void stageKey(const Problem& problem, int64_t key, int64_t head, typename Words::Word* target) {
  const int64_t width = problem.shape.width;
  Pack<Words>::stage(at<Element>(problem.k, key, head), width, table(problem.rotary.keyCos, key, width),
                     table(problem.rotary.keySin, key, width), target);
}

template <typename Words, typename Element>
void stageValue(const Problem& problem, int64_t key, int64_t head, typename Words::Word* target) {
  Pack<Words>::stage(at<Element>(problem.v, key, head), problem.shape.valueWidth, nullptr, nullptr, target);
}

}  // namespace
}  // namespace earsight::attention
