// A decoder's weights, packed for the sampling loop from tensors of any floating dtype.
#pragma once

#include <ATen/core/Tensor.h>

#include "../sampler/decode_loop.h"

namespace earsight {

// Undefined tensors: the layer has none.
struct LayerTensors {
  at::Tensor inputNorm, q, k, v, qBias, kBias, vBias, qNorm, kNorm, out, outBias, postNorm, gate, up, down;
  int64_t window;  // the largest distance of a key along the path, -1 for none
};

struct DecoderTensors {
  decode::DecoderShape shape;
  std::vector<LayerTensors> layers;
  at::Tensor finalNorm, head, embedding;  // head, embedding: [vocabulary, hidden]
  std::vector<float> inverseFrequencies;
  std::vector<int> axes;
  float rotaryScale;
  decode::Storage weights, cache;
};

// Throws c10::ValueError naming a tensor of another shape or dtype.
EARSIGHT_EXPORT sampler::Model packDecoder(const DecoderTensors& tensors);

}  // namespace earsight
