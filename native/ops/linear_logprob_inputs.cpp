#include "linear_logprob_inputs.h"

#include <cmath>
#include <span>

#include "values.h"

namespace earsight {

namespace {

constexpr const char* kOp = "linear_logprob";

// int64 [N] on the CPU, where they are grouped and checked.
at::Tensor checkIndices(const char* name, const at::Tensor& indices, at::Device first) {
  TORCH_CHECK_TYPE(indices.scalar_type() == at::kLong, kOp, ": ", name, ": expected dtype int64, got ",
                   indices.scalar_type());
  TORCH_CHECK_VALUE(indices.dim() == 1, kOp, ": ", name, ": expected shape [N], got ", indices.sizes());
  return hostValues(kOp, name, indices, first);
}

// None of indices on meta.
std::span<const int64_t> valuesOf(const at::Tensor& indices) {
  if (indices.is_meta()) return {};
  return {indices.const_data_ptr<int64_t>(), static_cast<size_t>(indices.numel())};
}

}  // namespace

LogprobInputs readLogprobInputs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& target,
                                const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias,
                                double temperature, int64_t ignoreIndex) {
  for (const auto& [name, tensor, shape] :
       {std::tuple("hidden", &hidden, "[rows, width]"), std::tuple("weight", &weight, "[vocabulary, width]")}) {
    TORCH_CHECK_VALUE(tensor->dim() == 2 && tensor->size(1) > 0, kOp, ": ", name, ": expected shape ", shape,
                      " with a width of at least 1, got ", tensor->sizes());
  }
  const auto dtype = hidden.scalar_type();
  TORCH_CHECK_TYPE(dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf || dtype == at::kDouble, kOp,
                   ": hidden: expected float32, bfloat16, float16 or float64, got ", dtype);
  TORCH_CHECK_TYPE(weight.scalar_type() == dtype, kOp, ": weight: expected hidden's dtype ", dtype, ", got ",
                   weight.scalar_type());
  TORCH_CHECK_VALUE(weight.device() == hidden.device(), kOp, ": weight: expected hidden's device ", hidden.device(),
                    ", got ", weight.device());
  TORCH_CHECK_VALUE(weight.size(1) == hidden.size(1), kOp, ": weight: expected hidden's width ", hidden.size(1),
                    ", got ", weight.sizes());
  TORCH_CHECK_VALUE(weight.size(0) > 0, kOp, ": weight: expected at least one row, got ", weight.sizes());
  TORCH_CHECK_VALUE(std::isfinite(temperature) && temperature > 0, kOp,
                    ": temperature: expected a number above 0, got ", temperature);

  LogprobInputs inputs{hidden, weight, {}, checkIndices("target", target, hidden.device()), {}, temperature, ignoreIndex};
  if (bias.has_value() && bias->defined()) {
    TORCH_CHECK_TYPE(bias->scalar_type() == dtype || bias->scalar_type() == inputs.working(), kOp,
                     ": bias: expected hidden's dtype ", dtype, " or ", inputs.working(), ", got ",
                     bias->scalar_type());
    TORCH_CHECK_VALUE(bias->dim() == 1 && bias->size(0) == weight.size(0), kOp, ": bias: expected shape [",
                      weight.size(0), "], got ", bias->sizes());
    TORCH_CHECK_VALUE(bias->device() == hidden.device(), kOp, ": bias: expected hidden's device ", hidden.device(),
                      ", got ", bias->device());
    inputs.bias = *bias;
  }
  const int64_t count = target.size(0);
  const std::span<const int64_t> tokens = valuesOf(inputs.target);
  for (size_t item = 0; item < tokens.size(); ++item) {
    TORCH_CHECK_INDEX(tokens[item] == ignoreIndex || (tokens[item] >= 0 && tokens[item] < weight.size(0)), kOp,
                      ": target: expected tokens of 0..", weight.size(0) - 1, " or ignore_index ", ignoreIndex,
                      ", got ", tokens[item], " at ", item);
  }
  if (!rows.has_value() || !rows->defined()) {
    TORCH_CHECK_VALUE(count == hidden.size(0), kOp, ": target: expected one for each of hidden's ", hidden.size(0),
                      " rows, got ", count, "; `rows` says otherwise");
    return inputs;
  }
  inputs.rows = checkIndices("rows", *rows, hidden.device());
  TORCH_CHECK_VALUE(inputs.rows.size(0) == count, kOp, ": rows: expected as many as targets, ", count, ", got ",
                    inputs.rows.size(0));
  const std::span<const int64_t> places = valuesOf(inputs.rows);
  for (size_t item = 0; item < places.size(); ++item) {
    TORCH_CHECK_INDEX(places[item] >= 0 && places[item] < hidden.size(0), kOp, ": rows: expected rows of hidden, 0..",
                      hidden.size(0) - 1, ", got ", places[item], " at ", item);
  }
  return inputs;
}

}  // namespace earsight
