// The plan of one attention batch: which query rows see which keys, cut into tiles. It is built from the node forest once
// a batch and shared by all layers and by backward. It holds forests, causality, windows and gates as lists of pairs and
// words of mask bits, so engines need nothing else.
//
//   block      up to 64 neighbouring rows of k. Blocks are disjoint: a key row is in at most one
//   tile       up to `tileRows` query rows, in rising order; mostly of one node, of several siblings where these are tiny.
//              A query row is in at most one tile, and sees at least one key there
//   pair       a tile and a block of which some row sees some key. Full: every row sees every key. Else it has mask
//              words of 64 bits, bit j for the block's key j: one word for all rows, or one a row
//   component  tiles and blocks that have no pair with any other: separate work in backward too
//
// All of it is one array of 64-bit words without pointers, so that a plan can be a tensor and be copied to a device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nodes.h"

namespace earsight::attention {

constexpr int64_t kBlockKeys = 64;
// Rows of a tile for CPU engines: a multiple of 6, 16 and 32, the row counts of their register tiles.
constexpr int64_t kTileRows = 96;

struct Tile {
  int64_t firstRow, rows;    // in Plan::rows
  int64_t firstPair, pairs;  // in Plan::pairs, by rising block
};

struct Block {
  int64_t key, keys;            // rows [key, key + keys) of k
  int64_t firstUse, uses;       // in Plan::uses, by rising tile
  uint64_t ofModality[8];       // bit j of word m: key j is of modality m
};

struct Pair {
  int64_t tile, block;
  int64_t mask;        // in Plan::masks; -1: full
  int64_t maskStride;  // 0: one word for all rows of the tile, 1: one a row

  bool full() const { return mask < 0; }
};

struct Component {
  int64_t firstTile, tiles;
  int64_t firstBlock, blocks;
};

struct RowRange {
  int64_t first, count;
};

struct PlanHeader {
  int64_t magic, words, tq, tk, tileRows, nodesHash, modalityHash;
  int64_t checksum;  // of all words, this one taken as 0
  // [offset in words, count] of each list.
  int64_t tiles[2], blocks[2], pairs[2], uses[2], rows[2], masks[2], components[2], idleQueries[2], idleKeys[2];
};

// A view of the words; valid as long as they are.
struct Plan {
  const PlanHeader* header = nullptr;
  std::span<const Tile> tiles;            // by component
  std::span<const Block> blocks;          // by component, then by rising key
  std::span<const Pair> pairs;            // by tile
  std::span<const int64_t> uses;          // indices of pairs, by block: the transposed lists
  std::span<const int64_t> rows;          // query rows of the tiles
  std::span<const uint64_t> masks;
  std::span<const Component> components;  // the largest first
  std::span<const RowRange> idleQueries;  // query rows that see nothing
  std::span<const RowRange> idleKeys;     // key rows in no block

  // The mask word of a tile's row; all ones where the pair is full (then ignore bits past the block's keys).
  uint64_t mask(const Pair& pair, int64_t row) const {
    return pair.full() ? ~uint64_t{0} : masks[pair.mask + row * pair.maskStride];
  }
};

// What a plan is made from. A plan is valid for this input alone.
struct PlanInput {
  std::span<const int64_t> nodes;  // [N, 8], see nodes.h
  const uint8_t* modality;         // [tk], values below 8; null: all 0
  const uint8_t* queryModality;    // [tq]
  int64_t tq, tk;
};

// Throws std::invalid_argument for an invalid table.
std::vector<int64_t> buildPlan(const PlanInput& input, int64_t tileRows = kTileRows);

// Throws std::invalid_argument when the words are not exactly those that buildPlan returned: engines do not check them.
Plan openPlan(std::span<const int64_t> words);

// Throws std::invalid_argument when the plan was built from another input.
void checkPlan(const Plan& plan, const PlanInput& input, int64_t tileRows = kTileRows);

}  // namespace earsight::attention
