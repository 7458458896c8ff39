#include "packed_inputs.h"

#include <ATen/core/grad_mode.h>

#include "values.h"

namespace earsight {

using decode::kPanel;
using decode::Storage;

Storage storageOf(std::string_view op, const at::Tensor& x, std::optional<at::ScalarType> dtype) {
  const at::ScalarType wanted = dtype.value_or(x.scalar_type() == at::kBFloat16 ? at::kBFloat16 : at::kFloat);
  TORCH_CHECK_TYPE(wanted == at::kFloat || wanted == at::kBFloat16, op, ": dtype: expected float32 or bfloat16, got ",
                   wanted);
  return wanted == at::kFloat ? Storage::kFloat : Storage::kBFloat16;
}

at::ScalarType dtypeOf(Storage storage) { return storage == Storage::kFloat ? at::kFloat : at::kBFloat16; }

void checkPackedInput(std::string_view op, const char* name, const at::Tensor& x) {
  const auto dtype = x.scalar_type();
  TORCH_CHECK_TYPE(dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf, op, ": ", name,
                   ": expected float32, bfloat16 or float16, got ", dtype);
  TORCH_CHECK_NOT_IMPLEMENTED(x.is_cpu() || x.is_meta(), op, ": ", name, ": expected a tensor on the CPU, got one on ",
                              x.device(), "; PyTorch's operators compute there");
  TORCH_CHECK_NOT_IMPLEMENTED(!(at::GradMode::is_enabled() && x.requires_grad()), op, ": ", name,
                              ": requires a gradient, and the operator has none; detach it, or call under no_grad");
}

PackedWeights readPackedWeights(std::string_view op, const at::Tensor& packed, int64_t outputs, int64_t panels,
                                const at::Tensor& first) {
  const auto dtype = packed.scalar_type();
  TORCH_CHECK_TYPE(dtype == at::kFloat || dtype == at::kBFloat16, op,
                   ": packed: expected float32 or bfloat16 panels, got ", dtype);
  TORCH_CHECK_VALUE(packed.device() == first.device(), op, ": packed: expected the other tensor's device ",
                    first.device(), ", got ", packed.device());
  TORCH_CHECK_VALUE(outputs > 0, op, ": outputs: expected at least 1, got ", outputs);
  TORCH_CHECK_VALUE(packed.dim() == 3 && packed.size(0) == panels && packed.size(1) > 0 && packed.size(2) == kPanel, op,
                    ": packed: expected shape [", panels, ", inputs, ", kPanel, "] of ", outputs, " outputs, got ",
                    packed.sizes());
  PackedWeights weights{packed, {dtype == at::kFloat ? Storage::kFloat : Storage::kBFloat16, panels * kPanel,
                                 packed.size(1), nullptr}};
  if (packed.is_meta()) return weights;
  weights.panels = contiguousValues(packed.detach());
  constexpr uintptr_t kAlignment = 64;
  if (reinterpret_cast<uintptr_t>(weights.panels.const_data_ptr()) % kAlignment != 0) weights.panels = weights.panels.clone();
  weights.matrix.data = static_cast<const std::byte*>(weights.panels.const_data_ptr());
  return weights;
}

at::Tensor readRows(std::string_view op, const char* name, const at::Tensor& x, int64_t inputs) {
  TORCH_CHECK_VALUE(x.dim() > 0 && x.size(-1) == inputs, op, ": ", name, ": expected shape [..., ", inputs,
                    "], as wide as the packed weights, got ", x.sizes());
  const at::Tensor rows = x.detach().reshape({x.numel() / inputs, inputs});
  return x.is_meta() ? rows : contiguousValues(rows.to(at::kFloat));
}

}  // namespace earsight
