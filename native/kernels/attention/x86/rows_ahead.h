// Fetches the rows of the task that a worker of attention's backward is likely to take next, a few at a time between the
// products of the present one. Rows of a head lie too far apart for the processor to see them coming, and a small
// component has too little work to hide that.
#pragma once

#include "tile_rows.h"

namespace earsight::attention {
namespace {

template <typename V, typename Element>
class RowsAhead {
 public:
  // Key heads [head, head + heads) of a component, in `calls` calls of fetch.
  RowsAhead(const Backward& problem, const Component& component, int64_t head, int64_t heads, int64_t calls)
      : problem_(problem),
        blocks_(problem.plan.blocks.subspan(component.firstBlock, component.blocks)),
        tiles_(problem.plan.tiles.subspan(component.firstTile, component.tiles)),
        head_(head),
        heads_(heads) {
    int64_t rows = 0;
    for (const Block& block : blocks_) rows += block.keys;
    for (const Tile& tile : tiles_) rows += tile.rows;
    share_ = (rows + calls - 1) / calls;
  }

  void fetch() {
    for (int64_t i = 0; i < share_; ++i) {
      if (block_ < blocks_.size()) {
        const Block& block = blocks_[block_];
        fetch(problem_.k, block.key + row_, head_, heads_, problem_.shape.width);
        fetch(problem_.v, block.key + row_, head_, heads_, problem_.shape.valueWidth);
        next(block.keys, block_);
      } else if (tile_ < tiles_.size()) {
        const Tile& tile = tiles_[tile_];
        const int64_t query = problem_.plan.rows[tile.firstRow + row_], group = problem_.shape.group();
        fetch(problem_.q, query, head_ * group, heads_ * group, problem_.shape.width);
        fetch(problem_.dOut, query, head_ * group, heads_ * group, problem_.shape.valueWidth);
        fetch(problem_.out, query, head_ * group, heads_ * group, problem_.shape.valueWidth);
        next(tile.rows, tile_);
      }
    }
  }

 private:
  static void fetch(const ConstRows& rows, int64_t row, int64_t head, int64_t heads, int64_t width) {
    for (int64_t h = head; h < head + heads; ++h) {
      V::prefetch(at<Element>(rows, row, h), width * static_cast<int64_t>(sizeof(Element)));
    }
  }

  void next(int64_t rows, size_t& list) {
    if (++row_ < rows) return;
    row_ = 0;
    ++list;
  }

  const Backward& problem_;
  std::span<const Block> blocks_;
  std::span<const Tile> tiles_;
  int64_t head_, heads_;
  int64_t share_;
  size_t block_ = 0, tile_ = 0;
  int64_t row_ = 0;  // of the block or the tile
};

}  // namespace
}  // namespace earsight::attention
