// Checks the arguments of the operators of native/kernels/decode; every message names the argument.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string_view>

#include "../kernels/decode/packed_matrix.h"

namespace earsight {

// float32 or bfloat16. dtype: the wanted one, else that of a tensor: of wider ones float32.
decode::Storage storageOf(std::string_view op, const at::Tensor& x, std::optional<at::ScalarType> dtype);
at::ScalarType dtypeOf(decode::Storage storage);

// A tensor that these kernels take: of a floating dtype but float64, on the CPU or on meta, without a gradient.
void checkPackedInput(std::string_view op, const char* name, const at::Tensor& x);

// Packed weights: [panels, inputs, 32], float32 or bfloat16.
struct PackedWeights {
  at::Tensor panels;
  decode::PackedMatrix matrix;  // points into `panels`; null on meta
};

// panels: as many as `outputs` outputs have
PackedWeights readPackedWeights(std::string_view op, const at::Tensor& packed, int64_t outputs, int64_t panels,
                                const at::Tensor& first);

// float32 [rows, inputs], dense, of x [..., inputs]; on meta where x is.
at::Tensor readRows(std::string_view op, const char* name, const at::Tensor& x, int64_t inputs);

}  // namespace earsight
