// earsight::rms_norm: at::rms_norm of rows in float32 or bfloat16 under float32 weights in one pass, into a dtype of choice; of
// others by PyTorch's operators.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rms_norm.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/rms_norm/rms_norm.h"
#include "results.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool isFloatOrHalf(at::ScalarType dtype) { return dtype == at::kFloat || dtype == at::kBFloat16; }

bool serves(const at::Tensor& x, const at::Tensor& weight, at::ScalarType dtype) {
  return x.is_cpu() && weight.is_cpu() && x.layout() == at::kStrided && weight.layout() == at::kStrided &&
         isFloatOrHalf(x.scalar_type()) && weight.scalar_type() == at::kFloat && isFloatOrHalf(dtype) && x.dim() > 0 &&
         weight.dim() == 1 && weight.size(0) > 0 && x.size(-1) == weight.size(0);
}

// body(const X*, Y*)
template <class Body>
void withElements(const at::Tensor& x, const at::Tensor& y, const Body& body) {
  const auto withOut = [&]<class X>(const X* from) {
    if (y.scalar_type() == at::kFloat) return body(from, y.mutable_data_ptr<float>());
    body(from, static_cast<BFloat16*>(y.mutable_data_ptr()));
  };
  if (x.scalar_type() == at::kFloat) return withOut(x.const_data_ptr<float>());
  withOut(static_cast<const BFloat16*>(x.const_data_ptr()));
}

at::Tensor normalised(const at::Tensor& x, const at::Tensor& weight, double eps, at::ScalarType dtype) {
  const at::Tensor from = contiguousValues(x), factors = contiguousValues(weight);
  const at::Tensor y = emptyResult(x.sizes(), x.options().dtype(dtype));
  const int64_t width = weight.size(0);
  withElements(from, y, [&]<class X, class Y>(const X* rows, Y* to) {
    const rms_norm::Rows<X, Y> problem{rows,  factors.const_data_ptr<float>(), static_cast<float>(eps), x.numel() / width,
                                       width, to};
    rms_norm::normalise(rms_norm::engineFor(chosenIsa()), problem, torchParallel());
  });
  return y;
}

// With r = 1 / sqrt(mean(x^2) + eps) and g = dy weight: dx = r g - x r^3 mean(x g), dweight = sum over rows of dy x r.
struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, double eps,
                            at::ScalarType dtype) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["eps"] = eps;
    return normalised(x, weight, eps, dtype);
  }

  // In PyTorch's operators, which have gradients of their own.
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &weight = saved[1], x = saved[0].to(at::kFloat), dy = grads[0].to(at::kFloat);
    const at::Tensor r = (x.square().mean(-1, true) + ctx->saved_data["eps"].toDouble()).rsqrt();
    variable_list result(4);
    if (ctx->needs_input_grad(0)) {
      const at::Tensor g = dy * weight;
      result[0] = (r * (g - x * (r * r * (x * g).mean(-1, true)))).to(saved[0].scalar_type());
    }
    if (ctx->needs_input_grad(1)) result[1] = (dy * x * r).reshape({-1, weight.size(0)}).sum(0);
    return result;
  }
};

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps, std::optional<at::ScalarType> dtype) {
  const at::ScalarType out = dtype.value_or(weight.scalar_type());
  if (serves(x, weight, out)) return RmsNorm::apply(x, weight, eps, out);
  // In the weight's dtype, as promotion would have it anyway: the fused norms of devices do not take two.
  return at::rms_norm(x.to(weight.scalar_type()), weight.sizes(), weight, eps).to(out);
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("rms_norm", rmsNorm); }

}  // namespace earsight
