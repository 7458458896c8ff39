// The plan of one attention batch: which query rows meet which keys, cut into tiles. It is built once a batch from the
// node forest and shared by all layers and by backward. Engines know nothing of forests, causality, windows and gates:
// all of that has become lists of pairs and words of mask bits.
//
//   block      up to 64 neighbouring rows of k. Blocks are disjoint: a key row is in one block or in none
//   tile       up to `tileRows` query rows, in rising order; mostly of one node, of several siblings where these are tiny.
//              A query row is in one tile or in none, and in a tile it sees at least one key
//   pair       a tile and a block of which some row sees some key. Full: every row sees every key. Else 64-bit words
//              say who sees what, bit j for the block's key j: one word for all rows, or one a row
//   component  tiles and blocks that meet no others: separate work also in backward
//
// Everything lies in one array of 64-bit words, without pointers, so that it can travel as a tensor and be copied to a
// device as it is.
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

  // The word of a tile's row; all ones where the pair is full (bits past the block's keys mean nothing then).
  uint64_t mask(const Pair& pair, int64_t row) const {
    return pair.full() ? ~uint64_t{0} : masks[pair.mask + row * pair.maskStride];
  }
};

// What a plan is made from; the words stay valid only for it.
struct PlanInput {
  std::span<const int64_t> nodes;  // [N, 8], see nodes.h
  const uint8_t* modality;         // [tk], values below 8; null: all 0
  const uint8_t* queryModality;    // [tq]
  int64_t tq, tk;
};

// Throws std::invalid_argument for a table that is none.
std::vector<int64_t> buildPlan(const PlanInput& input, int64_t tileRows = kTileRows);

// Throws std::invalid_argument when the words are not those of a plan, every one as it was built: engines trust them.
Plan openPlan(std::span<const int64_t> words);

// Throws std::invalid_argument when the plan was built from something else.
void checkPlan(const Plan& plan, const PlanInput& input, int64_t tileRows = kTileRows);

}  // namespace earsight::attention
