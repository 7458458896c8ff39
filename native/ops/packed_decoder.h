// A decoder's weights, packed for the sampling loop from tensors of any floating dtype, part by part and in place.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>

#include "../kernels/decode/memory.h"
#include "../sampler/decode_loop.h"

namespace earsight {

// How weights, the head, keys and values are stored.
struct DecoderStorage {
  decode::Storage layers, head, cache;
};

// Undefined tensors: the layer has none.
struct LayerTensors {
  at::Tensor inputNorm, q, k, v, qBias, kBias, vBias, qNorm, kNorm, out, outBias, postNorm, gate, up, down;
  int64_t window;  // the largest distance of a key along the path, -1 for none
};

// embedding: undefined where it is the head.
struct EndTensors {
  at::Tensor finalNorm, head, embedding;  // head, embedding: [vocabulary, hidden]
};

class EARSIGHT_EXPORT PackedDecoder : public std::enable_shared_from_this<PackedDecoder> {
 public:
  explicit PackedDecoder(DecoderStorage storage) : storage_(storage) {}

  // Throw c10::ValueError naming a tensor of another shape or dtype. The result packs into the loop's model, which owns this
  // decoder: it reads the tensors until it has run.
  sampler::DecodeLoop::Packing layer(const decode::DecoderShape& shape, int64_t index, LayerTensors tensors);
  sampler::DecodeLoop::Packing ends(const decode::DecoderShape& shape, EndTensors tensors);

  // Any thread: of what is packed so far.
  int64_t bytes() const { return bytes_; }

 private:
  struct Buffer {
    decode::Bytes data;
    int64_t bytes = 0;
  };
  class Packer;

  std::byte* fit(const std::string& name, int64_t bytes);

  const DecoderStorage storage_;
  // Of the loop's thread.
  std::map<std::string, Buffer> buffers_;
  std::atomic<int64_t> bytes_{0};
};

}  // namespace earsight
