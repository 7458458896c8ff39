// A decoder as the kernels see it: packed weights and sizes. Pointers belong to the caller.
#pragma once

#include <cstdint>
#include <vector>

#include "packed_matrix.h"

namespace earsight::decode {

struct LayerWeights {
  const float* inputNorm;  // [hidden]
  PackedMatrix qkv;        // q, k and v one after the other: [(heads + 2 kvHeads) headDim, hidden]
  const float* qkvBias;    // or null
  const float* qNorm;      // [headDim], or null
  const float* kNorm;      // [headDim], or null
  PackedMatrix out;        // [hidden, heads headDim]
  const float* outBias;    // or null
  const float* postNorm;   // [hidden]
  PackedMatrix gateUp;     // panels of gate and up in turn: [64 x intermediatePanels(), hidden]
  PackedMatrix down;       // [hidden, intermediate]
  int64_t window;          // the largest distance of a key along the path, -1 for none
};

struct DecoderShape {
  int64_t hidden, heads, kvHeads, headDim, intermediate;
  float eps;

  int64_t qkvOutputs() const { return (heads + 2 * kvHeads) * headDim; }
  int64_t intermediatePanels() const { return (intermediate + kPanel - 1) / kPanel; }
};

struct DecoderWeights {
  DecoderShape shape;
  std::vector<LayerWeights> layers;
  const float* finalNorm;  // [hidden]
};

}  // namespace earsight::decode
