// Which keys the rows of one pass attend to, as tasks. Keys are taken in chunks of a node's tokens, counted from the node's
// begin; every row has a partial result for each chunk on its path, and its partial results are joined in that order. So a
// row's sums depend on its own path alone, and rows that share a node read its keys once.
#pragma once

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

#include "kv_cache.h"

namespace earsight::decode {

// A new token. Its keys and values are in the cache before any row attends.
struct Row {
  const KvNode* node;
  int64_t index;  // in its node
};

constexpr int64_t kChunkPages = 8;
constexpr int64_t kChunk = kChunkPages * kPanel;

struct AttentionPlan {
  struct Member {
    int32_t row;
    int32_t slot;  // of its partial result
    int32_t keys;  // of the chunk that the row sees before gates and windows
  };
  struct Task {
    const KvNode* node;
    int64_t first;  // key of the node
    int32_t begin, end;  // members
  };

  std::vector<Task> tasks;
  std::vector<Member> members;
  std::vector<int32_t> slots;  // [rows + 1]: row r has slots [slots[r], slots[r + 1]), in the order of its path

  // At most this many rows a task, so that long prompts and large groups are split over threads.
  explicit AttentionPlan(std::span<const Row> rows, int64_t rowsATask = 32) {
    struct Chunk {
      const KvNode* node;
      int64_t first;
      std::vector<Member> members;
    };
    std::vector<Chunk> chunks;
    std::unordered_map<const KvNode*, size_t> begins;  // of a node's first chunk
    slots.push_back(0);
    std::vector<const KvNode*> path;
    for (size_t r = 0; r < rows.size(); ++r) {
      path.clear();
      for (const KvNode* node = rows[r].node; node != nullptr; node = node->parent) path.push_back(node);
      int32_t slot = slots.back();
      for (size_t i = path.size(); i-- > 0;) {
        const KvNode* const node = path[i];
        const auto [found, isNew] = begins.try_emplace(node, chunks.size());
        if (isNew) {
          for (int64_t first = 0; first < node->length(); first += kChunk) chunks.push_back({node, first, {}});
        }
        const int64_t seen = i == 0 ? rows[r].index + 1 : node->length();
        for (int64_t first = 0, c = 0; first < seen; first += kChunk, ++c) {
          const auto keys = static_cast<int32_t>(std::min(kChunk, seen - first));
          chunks[found->second + c].members.push_back({static_cast<int32_t>(r), slot++, keys});
        }
      }
      slots.push_back(slot);
    }
    for (const Chunk& chunk : chunks) {
      const auto count = static_cast<int64_t>(chunk.members.size());
      for (int64_t begin = 0; begin < count; begin += rowsATask) {
        const auto from = static_cast<int32_t>(members.size());
        members.insert(members.end(), chunk.members.begin() + begin,
                       chunk.members.begin() + std::min(count, begin + rowsATask));
        tasks.push_back({chunk.node, chunk.first, from, static_cast<int32_t>(members.size())});
      }
    }
  }
};

}  // namespace earsight::decode
