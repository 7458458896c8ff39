// An engine is the decoder's pass compiled for one instruction set in a translation unit with its own flags.
#pragma once

#include <span>

#include "../../export.h"
#include "../isa.h"
#include "../parallel.h"
#include "attention_plan.h"
#include "choice.h"
#include "model.h"

namespace earsight::decode {

// One pass: new tokens, of one node or of many, a row each. Rows of a node are consecutive and in order.
struct Pass {
  const DecoderWeights& weights;
  KvShape cache;
  std::span<const Row> rows;
  const AttentionPlan& plan;
  const float* cos;  // [rows][headDim / 2]
  const float* sin;
  float* hidden;  // [rows][hidden]: embeddings in, normalised hidden states out
  const std::atomic<bool>* stop = nullptr;  // once it is true, the pass ends after its present layer with Stopped
};

struct Stopped {};

// Attention of rows whose keys and values are in the cache.
struct Attention {
  KvShape cache;
  int64_t heads;
  int64_t layer;
  int64_t window;  // the largest distance along a path, -1 for none
  std::span<const Row> rows;
  const AttentionPlan& plan;
  const float* q;  // [rows][heads][headDim], rotated and scaled
};

struct Engine {
  const char* name;
  Isa isa;  // the lowest set under which it may run
  bool roundsInputs;  // products with bfloat16 weights take their inputs in bfloat16; sums are float32 in any case
  void (*forward)(const Pass&, const Parallel&);
  // One token a row, from its normalised hidden state. hidden: [rows][head.inputs]
  void (*choose)(const PackedMatrix& head, const float* hidden, std::span<const ChoiceRow>, Choice* out, const Parallel&);
  // y [rows][outputs] = x [rows][inputs] W^T + bias
  void (*product)(const PackedMatrix&, const float* x, int64_t rows, const float* bias, float* y, const Parallel&);
  // y [rows][outputs] = silu(x gate^T) * (x up^T). gateUp: panels of both in turn
  void (*gated)(const PackedMatrix& gateUp, const float* x, int64_t rows, int64_t outputs, float* y, const Parallel&);
  // out: of q's shape; zeros where a row sees nothing
  void (*attend)(const Attention&, float* out, const Parallel&);
};

extern const Engine kPortableEngine;  // portable.cpp
#if defined(EARSIGHT_X86_KERNELS)
extern const Engine kAvx512Bf16Engine, kAvx512Engine, kAvx2Engine;
#endif

// All engines of this build, the best first.
std::span<const Engine* const> engines();
EARSIGHT_EXPORT const Engine& engineFor(Isa isa);
// The best that takes inputs as they are.
EARSIGHT_EXPORT const Engine& exactEngineFor(Isa isa);

}  // namespace earsight::decode
