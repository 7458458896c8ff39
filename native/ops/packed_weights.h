// Weights packed for native/kernels/decode from tensors of any floating dtype: for the sampling loop, and for
// earsight::pack_linear and pack_gated.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <utility>
#include <vector>

#include "../kernels/decode/packed_matrix.h"
#include "../kernels/parallel.h"

namespace earsight {

// Of an output of the packed matrix: which part it comes from, and its row there; a negative row: zeros.
using OutputSource = std::function<std::pair<int, int64_t>(int64_t output)>;

// parts: [rows, inputs] each, on the CPU. to: packedBytes() of the matrix
void packWeights(const decode::PackedMatrix& matrix, std::byte* to, const std::vector<at::Tensor>& parts,
                 const OutputSource& sourceOf, const Parallel& parallel);

// Of gate and up [outputs, inputs] together, panels of both in turn: how many outputs, and where they come from.
int64_t gatedOutputs(int64_t outputs);
OutputSource gatedSource(int64_t outputs);

}  // namespace earsight
