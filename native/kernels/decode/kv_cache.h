// Keys and values of a tree of token sequences, in pages of 32 tokens. A page holds a node's tokens in all layers and heads;
// nodes below share the pages of those above. Packed as weights are (packed_matrix.h), so that scores and outputs are
// products like any other: of a layer and key head a page has
//   keys    one panel [headDim][32]: the outputs are tokens
//   values  panels of 32 widths, each [32 tokens][32]: the inputs are tokens
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "memory.h"
#include "packed_matrix.h"

namespace earsight::decode {

struct KvShape {
  int64_t layers, kvHeads, headDim;
  Storage storage;

  int64_t valuePanels() const { return (headDim + kPanel - 1) / kPanel; }
  int64_t elementBytes() const { return storage == Storage::kFloat ? 4 : 2; }
  int64_t keyBytes() const { return headDim * kPanel * elementBytes(); }
  int64_t valuePanelBytes() const { return kPanel * kPanel * elementBytes(); }
  int64_t valueBytes() const { return valuePanels() * valuePanelBytes(); }
  int64_t headBytes() const { return keyBytes() + valueBytes(); }
  int64_t pageBytes() const { return layers * kvHeads * headBytes(); }
};

class KvPage {
 public:
  explicit KvPage(const KvShape& shape) : data_(allocateBytes(shape.pageBytes())) {
    // Products read whole pages: what is not written yet must be finite.
    std::fill_n(data_.get(), shape.pageBytes(), std::byte{0});
  }

  std::byte* keys(const KvShape& shape, int64_t layer, int64_t head) const {
    return data_.get() + (layer * shape.kvHeads + head) * shape.headBytes();
  }
  std::byte* values(const KvShape& shape, int64_t layer, int64_t head) const {
    return keys(shape, layer, head) + shape.keyBytes();
  }

  // Stores one head of one token. key, value: [headDim]
  void write(const KvShape& shape, int64_t layer, int64_t head, int64_t token, const float* key, const float* value) {
    std::byte* const k = keys(shape, layer, head);
    std::byte* const v = values(shape, layer, head);
    for (int64_t d = 0; d < shape.headDim; ++d) {
      put(shape.storage, k, elementInPanel(shape.storage, shape.headDim, d, token), key[d]);
      put(shape.storage, v, d / kPanel * kPanel * kPanel + elementInPanel(shape.storage, kPanel, token, d % kPanel), value[d]);
    }
  }

 private:
  static void put(Storage storage, std::byte* to, int64_t at, float value) {
    if (storage == Storage::kFloat) {
      reinterpret_cast<float*>(to)[at] = value;
    } else {
      reinterpret_cast<BFloat16*>(to)[at] = BFloat16(value);
    }
  }

  Bytes data_;
};

// A run of tokens that follow those of the node above.
struct KvNode {
  const KvNode* parent = nullptr;
  int64_t before = 0;  // tokens of all nodes above
  int64_t level = 1;   // 1 for a root
  // Byte m: the modalities of keys that this node's tokens of modality m see.
  uint64_t gate = ~uint64_t{0};
  std::vector<std::shared_ptr<KvPage>> pages;
  std::vector<uint8_t> modality;  // of each token

  int64_t length() const { return static_cast<int64_t>(modality.size()); }
  uint8_t visibleModalities(uint8_t queryModality) const { return static_cast<uint8_t>(gate >> (8 * queryModality)); }
};

}  // namespace earsight::decode
