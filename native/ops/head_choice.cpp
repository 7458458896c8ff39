// earsight::head_choice: the output head and the choice of tokens of native/kernels/decode as one operator. It has no
// gradient.
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <array>
#include <cmath>

#include "../kernels/decode/engine.h"
#include "packed_inputs.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using decode::kPanel;
using OptionalTensor = std::optional<at::Tensor>;

constexpr const char* kOp = "head_choice";

bool given(const OptionalTensor& x) { return x.has_value() && x->defined(); }

// One number a row, float64 on the CPU; undefined where it is not given.
at::Tensor readNumbers(const char* name, const OptionalTensor& numbers, const at::Tensor& hidden, const char* expected,
                       bool (*fits)(double)) {
  if (!given(numbers)) return {};
  TORCH_CHECK_VALUE(numbers->dim() == 1 && numbers->size(0) == hidden.size(0), kOp, ": ", name,
                    ": expected one for each of hidden's ", hidden.size(0), " rows, got ", numbers->sizes());
  const at::Tensor values = hostValues(kOp, name, numbers->detach().to(at::kDouble), hidden.device());
  checkValues<double>(kOp, name, values, expected, fits);
  return values;
}

// A bit a token, `panels` words a row.
std::vector<uint32_t> readSeen(const OptionalTensor& seen, const at::Tensor& hidden, int64_t outputs) {
  if (!given(seen)) return {};
  TORCH_CHECK_TYPE(seen->scalar_type() == at::kBool, kOp, ": seen: expected dtype bool, got ", seen->scalar_type());
  TORCH_CHECK_VALUE(seen->dim() == 2 && seen->size(0) == hidden.size(0) && seen->size(1) == outputs, kOp,
                    ": seen: expected shape [", hidden.size(0), ", ", outputs, "], got ", seen->sizes());
  const at::Tensor values = hostValues(kOp, "seen", *seen, hidden.device());
  if (!hasValues(values)) return {};
  const int64_t words = (outputs + kPanel - 1) / kPanel;
  std::vector<uint32_t> bits(hidden.size(0) * words);
  for (int64_t row = 0; row < hidden.size(0); ++row) {
    const bool* const from = values.const_data_ptr<bool>() + row * outputs;
    for (int64_t token = 0; token < outputs; ++token) {
      if (from[token]) bits[row * words + token / kPanel] |= 1u << token % kPanel;
    }
  }
  return bits;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> headChoice(const at::Tensor& hidden, const at::Tensor& packed,
                                                          int64_t outputs, const at::Tensor& uniforms,
                                                          const OptionalTensor& temperature, const OptionalTensor& topK,
                                                          const OptionalTensor& topP, const OptionalTensor& minP,
                                                          const OptionalTensor& repetitionPenalty,
                                                          const OptionalTensor& seen) {
  checkPackedInput(kOp, "hidden", hidden);
  TORCH_CHECK_VALUE(hidden.dim() == 2, kOp, ": hidden: expected shape [rows, inputs], got ", hidden.sizes());
  PackedWeights head = readPackedWeights(kOp, packed, outputs, (outputs + kPanel - 1) / kPanel, hidden);
  head.matrix.outputs = outputs;
  const at::Tensor rows = readRows(kOp, "hidden", hidden, head.matrix.inputs);
  const auto read = [&](const char* name, const OptionalTensor& numbers, const char* expected, bool (*fits)(double)) {
    return readNumbers(name, numbers, hidden, expected, fits);
  };
  const at::Tensor draws =
      read("uniforms", uniforms, "numbers from 0 to below 1", [](double x) { return x >= 0 && x < 1; });
  const at::Tensor temperatures =
      read("temperature", temperature, "numbers >= 0", [](double x) { return x >= 0 && std::isfinite(x); });
  const at::Tensor mostTokens =
      read("top_k", topK, "counts, 0 for all", [](double x) { return x >= 0 && x < 0x1p53 && x == std::floor(x); });
  const at::Tensor nucleus = read("top_p", topP, "numbers > 0 and <= 1", [](double x) { return x > 0 && x <= 1; });
  const at::Tensor least = read("min_p", minP, "numbers from 0 to 1", [](double x) { return x >= 0 && x <= 1; });
  const at::Tensor penalties = read("repetition_penalty", repetitionPenalty, "numbers > 0",
                                    [](double x) { return x > 0 && std::isfinite(x); });
  TORCH_CHECK_VALUE(!penalties.defined() || given(seen), kOp,
                    ": seen: missing; repetition_penalty needs the tokens that occurred");
  const std::vector<uint32_t> occurred = readSeen(seen, hidden, outputs);

  const int64_t count = hidden.size(0);
  const at::TensorOptions ids = hidden.options().dtype(at::kLong), numbers = hidden.options().dtype(at::kFloat);
  const at::Tensor token = at::empty({count}, ids), logprob = at::empty({count}, numbers), entropy = at::empty({count}, numbers);
  if (hidden.is_meta() || count == 0) return {token, logprob, entropy};

  const auto valueAt = [](const at::Tensor& values, int64_t row, double otherwise) {
    return values.defined() ? values.const_data_ptr<double>()[row] : otherwise;
  };
  std::vector<decode::ChoiceRow> choices;
  const int64_t words = (outputs + kPanel - 1) / kPanel;
  for (int64_t row = 0; row < count; ++row) {
    choices.push_back({{static_cast<float>(valueAt(temperatures, row, 1)), static_cast<int64_t>(valueAt(mostTokens, row, 0)),
                        static_cast<float>(valueAt(nucleus, row, 1)), static_cast<float>(valueAt(least, row, 0)),
                        static_cast<float>(valueAt(penalties, row, 1))},
                       draws.const_data_ptr<double>()[row],
                       occurred.empty() ? nullptr : &occurred[row * words]});
  }
  std::vector<decode::Choice> chosen(count);
  decode::exactEngineFor(chosenIsa()).choose(head.matrix, rows.const_data_ptr<float>(), choices, chosen.data(), torchParallel());
  for (int64_t row = 0; row < count; ++row) {
    TORCH_CHECK_VALUE(!chosen[row].isBad, kOp, ": hidden: row ", row,
                      " has NaN or infinity among its logits (divided by the temperature), expected numbers");
    token.mutable_data_ptr<int64_t>()[row] = chosen[row].token;
    logprob.mutable_data_ptr<float>()[row] = chosen[row].logprob;
    entropy.mutable_data_ptr<float>()[row] = chosen[row].entropy;
  }
  return {token, logprob, entropy};
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("head_choice", headChoice); }

}  // namespace earsight
