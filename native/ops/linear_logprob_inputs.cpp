#include "linear_logprob_inputs.h"

namespace earsight {

namespace {

constexpr const char* kOp = "linear_logprob";

}  // namespace

LogprobInputs readLogprobInputs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& target,
                                const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias,
                                double temperature, int64_t ignoreIndex) {
  LogprobInputs inputs{readHeadInputs(kOp, hidden, weight, bias, temperature),
                       readIndices(kOp, "target", target, hidden.device()),
                       {},
                       ignoreIndex};
  const int64_t count = target.size(0);
  const std::span<const int64_t> tokens = indexValues(inputs.target);
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
  inputs.rows = readHiddenRows(kOp, "rows", *rows, hidden);
  TORCH_CHECK_VALUE(inputs.rows.size(0) == count, kOp, ": rows: expected as many as targets, ", count, ", got ",
                    inputs.rows.size(0));
  return inputs;
}

}  // namespace earsight
