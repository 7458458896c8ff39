// earsight::linear_kl: the divergence of two next-token distributions. On the CPU it is that of native/kernels/linear_logprob,
// elsewhere PyTorch's operators compute it (chunked_kl.h); linear_kl_by_chunks is the latter on every device. No gradients.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <numeric>

#include "../kernels/linear_logprob/engine.h"
#include "chunked_kl.h"
#include "head_tensors.h"
#include "torch_parallel.h"

namespace earsight {

namespace {

struct KlInputs : HeadInputs {
  at::Tensor perturbed;
  at::Tensor rows;  // int64 [N]; undefined: row i of hidden is item i

  int64_t count() const { return rows.defined() ? rows.size(0) : hidden.size(0); }
};

KlInputs readInputs(std::string_view op, const at::Tensor& hidden, const at::Tensor& perturbed, const at::Tensor& weight,
                    const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias, double temperature) {
  const HeadInputs inputs = readHeadInputs(op, hidden, weight, bias, temperature);
  TORCH_CHECK_TYPE(perturbed.scalar_type() == hidden.scalar_type(), op, ": perturbed: expected hidden's dtype ",
                   hidden.scalar_type(), ", got ", perturbed.scalar_type());
  TORCH_CHECK_VALUE(perturbed.sizes() == hidden.sizes(), op, ": perturbed: expected hidden's shape ", hidden.sizes(),
                    ", got ", perturbed.sizes());
  TORCH_CHECK_VALUE(perturbed.device() == hidden.device(), op, ": perturbed: expected hidden's device ",
                    hidden.device(), ", got ", perturbed.device());
  for (const auto& [name, x] : {std::pair("hidden", &hidden), std::pair("perturbed", &perturbed),
                                std::pair("weight", &weight), std::pair("bias", &inputs.bias)}) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled() || !x->defined() || !x->requires_grad(), op, ": ", name,
                                ": requires a gradient, and the operator has none; detach it, or call under no_grad");
  }
  const bool areChosen = rows.has_value() && rows->defined();
  return {inputs, perturbed, areChosen ? readHiddenRows(op, "rows", *rows, hidden) : at::Tensor()};
}

linear_logprob::Targets rowsOf(const at::Tensor& rows, int64_t count) {
  linear_logprob::Targets list;
  list.row.resize(static_cast<size_t>(count));
  if (rows.defined()) {
    std::copy_n(rows.const_data_ptr<int64_t>(), count, list.row.begin());
  } else {
    std::iota(list.row.begin(), list.row.end(), 0);
  }
  return list;
}

at::Tensor klOnCpu(const KlInputs& inputs) {
  const at::Tensor kl = at::empty({inputs.count()}, inputs.hidden.options().dtype(at::kDouble));
  if (inputs.count() == 0) return kl;
  const HeadTensors p(inputs, inputs.hidden), q(inputs, inputs.perturbed);
  const linear_logprob::Targets rows = rowsOf(inputs.rows, inputs.count());
  linear_logprob::engineFor(p.head.element, chosenIsa())
      .divergence({p.head, q.head, rows, rows}, kl.mutable_data_ptr<double>(), torchParallel());
  return kl;
}

at::Tensor linearKl(const at::Tensor& hidden, const at::Tensor& perturbed, const at::Tensor& weight,
                    const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias, double temperature) {
  const KlInputs inputs = readInputs("linear_kl", hidden, perturbed, weight, rows, bias, temperature);
  const at::Tensor kl = hidden.is_cpu() ? klOnCpu(inputs) : klByChunks(inputs, perturbed, inputs.rows, KlChunk());
  return kl.to(inputs.working());
}

at::Tensor linearKlByChunks(const at::Tensor& hidden, const at::Tensor& perturbed, const at::Tensor& weight,
                            const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias,
                            double temperature, int64_t pairs, int64_t tokens) {
  constexpr const char* kOp = "linear_kl_by_chunks";
  const KlInputs inputs = readInputs(kOp, hidden, perturbed, weight, rows, bias, temperature);
  for (const auto& [name, size] : {std::pair("pairs", pairs), std::pair("tokens", tokens)}) {
    TORCH_CHECK_VALUE(size > 0, kOp, ": ", name, ": expected a number above 0, got ", size);
  }
  return klByChunks(inputs, perturbed, inputs.rows, {pairs, tokens}).to(inputs.working());
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) {
  m.impl("linear_kl", linearKl);
  m.impl("linear_kl_by_chunks", linearKlByChunks);
}

}  // namespace earsight
