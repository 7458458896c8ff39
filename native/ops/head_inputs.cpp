#include "head_inputs.h"

#include <cmath>

#include "values.h"

namespace earsight {

at::Tensor readIndices(std::string_view op, const char* name, const at::Tensor& indices, at::Device first) {
  TORCH_CHECK_TYPE(indices.scalar_type() == at::kLong, op, ": ", name, ": expected dtype int64, got ",
                   indices.scalar_type());
  TORCH_CHECK_VALUE(indices.dim() == 1, op, ": ", name, ": expected shape [N], got ", indices.sizes());
  return hostValues(op, name, indices, first);
}

std::span<const int64_t> indexValues(const at::Tensor& indices) {
  if (indices.is_meta()) return {};
  return {indices.const_data_ptr<int64_t>(), static_cast<size_t>(indices.numel())};
}

at::Tensor readHiddenRows(std::string_view op, const char* name, const at::Tensor& rows, const at::Tensor& hidden) {
  const at::Tensor read = readIndices(op, name, rows, hidden.device());
  const std::span<const int64_t> places = indexValues(read);
  for (size_t item = 0; item < places.size(); ++item) {
    TORCH_CHECK_INDEX(places[item] >= 0 && places[item] < hidden.size(0), op, ": ", name,
                      ": expected rows of hidden, 0..", hidden.size(0) - 1, ", got ", places[item], " at ", item);
  }
  return read;
}

HeadInputs readHeadInputs(std::string_view op, const at::Tensor& hidden, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias, double temperature) {
  for (const auto& [name, tensor, shape] :
       {std::tuple("hidden", &hidden, "[rows, width]"), std::tuple("weight", &weight, "[vocabulary, width]")}) {
    TORCH_CHECK_VALUE(tensor->dim() == 2 && tensor->size(1) > 0, op, ": ", name, ": expected shape ", shape,
                      " with a width of at least 1, got ", tensor->sizes());
  }
  const auto dtype = hidden.scalar_type();
  TORCH_CHECK_TYPE(dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf || dtype == at::kDouble, op,
                   ": hidden: expected float32, bfloat16, float16 or float64, got ", dtype);
  TORCH_CHECK_TYPE(weight.scalar_type() == dtype, op, ": weight: expected hidden's dtype ", dtype, ", got ",
                   weight.scalar_type());
  TORCH_CHECK_VALUE(weight.device() == hidden.device(), op, ": weight: expected hidden's device ", hidden.device(),
                    ", got ", weight.device());
  TORCH_CHECK_VALUE(weight.size(1) == hidden.size(1), op, ": weight: expected hidden's width ", hidden.size(1),
                    ", got ", weight.sizes());
  TORCH_CHECK_VALUE(weight.size(0) > 0, op, ": weight: expected at least one row, got ", weight.sizes());
  TORCH_CHECK_VALUE(std::isfinite(temperature) && temperature > 0, op, ": temperature: expected a number above 0, got ",
                    temperature);

  HeadInputs inputs{hidden, weight, {}, temperature};
  if (bias.has_value() && bias->defined()) {
    TORCH_CHECK_TYPE(bias->scalar_type() == dtype || bias->scalar_type() == inputs.working(), op,
                     ": bias: expected hidden's dtype ", dtype, " or ", inputs.working(), ", got ",
                     bias->scalar_type());
    TORCH_CHECK_VALUE(bias->dim() == 1 && bias->size(0) == weight.size(0), op, ": bias: expected shape [",
                      weight.size(0), "], got ", bias->sizes());
    TORCH_CHECK_VALUE(bias->device() == hidden.device(), op, ": bias: expected hidden's device ", hidden.device(),
                      ", got ", bias->device());
    inputs.bias = *bias;
  }
  return inputs;
}

}  // namespace earsight
