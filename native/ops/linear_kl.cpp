// earsight::linear_kl: the torch operator of the divergence in native/kernels/linear_logprob. It has no gradient.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <numeric>

#include "../kernels/linear_logprob/engine.h"
#include "head_tensors.h"
#include "torch_parallel.h"

namespace earsight {

namespace {

constexpr const char* kOp = "linear_kl";

// int64 [N]; undefined: row i of hidden is item i.
at::Tensor readRows(const std::optional<at::Tensor>& rows, const at::Tensor& hidden) {
  return rows.has_value() && rows->defined() ? readHiddenRows(kOp, "rows", *rows, hidden) : at::Tensor();
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

at::Tensor linearKl(const at::Tensor& hidden, const at::Tensor& perturbed, const at::Tensor& weight,
                    const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias, double temperature) {
  const HeadInputs inputs = readHeadInputs(kOp, hidden, weight, bias, temperature);
  TORCH_CHECK_NOT_IMPLEMENTED(hidden.is_cpu() || hidden.is_meta(), kOp, ": hidden: expected a tensor on the CPU, got one on ",
                              hidden.device(), "; copy hidden, perturbed and weight to the CPU");
  TORCH_CHECK_TYPE(perturbed.scalar_type() == hidden.scalar_type(), kOp, ": perturbed: expected hidden's dtype ",
                   hidden.scalar_type(), ", got ", perturbed.scalar_type());
  TORCH_CHECK_VALUE(perturbed.sizes() == hidden.sizes(), kOp, ": perturbed: expected hidden's shape ", hidden.sizes(),
                    ", got ", perturbed.sizes());
  TORCH_CHECK_VALUE(perturbed.device() == hidden.device(), kOp, ": perturbed: expected hidden's device ",
                    hidden.device(), ", got ", perturbed.device());
  for (const auto& [name, x] : {std::pair("hidden", &hidden), std::pair("perturbed", &perturbed),
                                std::pair("weight", &weight), std::pair("bias", &inputs.bias)}) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled() || !x->defined() || !x->requires_grad(), kOp, ": ", name,
                                ": requires a gradient, and the operator has none; detach it, or call under no_grad");
  }
  const at::Tensor places = readRows(rows, hidden);
  const int64_t count = places.defined() ? places.size(0) : hidden.size(0);
  const at::Tensor kl = at::empty({count}, hidden.options().dtype(at::kDouble));
  if (!hidden.is_meta() && count > 0) {
    const HeadTensors p(inputs, hidden), q(inputs, perturbed);
    linear_logprob::engineFor(p.head.element, chosenIsa())
        .divergence({p.head, q.head, rowsOf(places, count), rowsOf(places, count)}, kl.mutable_data_ptr<double>(),
                    torchParallel());
  }
  return kl.to(inputs.working());
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("linear_kl", linearKl); }

}  // namespace earsight
