// Attention on a GPU, called by the operator: the problem of ../problem.h with pointers into device memory. Matrix products
// run on tensor cores (mma.sync, compute capability 8.0 and up) in bfloat16 or half, sums in float.
//
// All work is enqueued on the stream (a cudaStream_t), without waiting or allocating. A failed launch throws
// std::runtime_error. The same input always gives the same bits.
#pragma once

#include <cstdint>

#include "../problem.h"

namespace earsight::attention::cuda {

// The best tileRows for buildPlan on a device whose thread blocks may have `sharedBytes` of shared memory. Any number up to
// 128 for which backward fits that memory works.
int64_t tileRows(int64_t sharedBytes);

// 16-bit elements; D and Dv multiples of 8, up to 128.
bool accepts(const Shape& shape);

// problem.plan is the host's view; `words` are the same words in device memory. problem.rotary is empty: call rotate()
// first. Beyond problem.h: pointers are aligned to 16 bytes and strides are multiples of 8 elements; lse, mass, delta and
// dMass are float. keyEnd, int64 [tq] in device memory: query i sees no row of k from keyEnd[i] on, so that one plan serves
// a cache that grows; null for none. A row that then sees nothing has out 0, lse -infinity and mass 0. An infinity or NaN in one row of k or v may reach every row of the tiles that see its block. Backward
// writes delta_i of problem.h to `delta`, float [heads, tq].
void forward(const Forward& problem, const int64_t* words, const int64_t* keyEnd, void* stream);
void backward(const Backward& problem, const int64_t* words, float* delta, void* stream);

// to = from, rotated by the angles of cos and sin (float [rows, width / 2], contiguous), or by the opposite angles
// (`inverse`). `to` may be `from`.
struct Rotation {
  Element element;
  int64_t rows, heads, width;
  ConstRows from;
  Rows to;
  const float* cos;
  const float* sin;
  bool inverse;
};
void rotate(const Rotation& rotation, void* stream);

}  // namespace earsight::attention::cuda
