// earsight::linear: at::linear, of which the products in float32 on the CPU are oneDNN's. It multiplies by AVX-512 on every processor
// that has it; MKL, behind at::linear, by AVX2 where the processor is not Intel's.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

namespace earsight {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OptionalTensor = std::optional<at::Tensor>;

// Multiply-adds of a product that is worth oneDNN's preparations.
constexpr int64_t kFewest = 1 << 20;

using Scalars = c10::List<std::optional<at::Scalar>>;
using Pointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, c10::string_view, Scalars,
                             std::optional<c10::string_view>);

// x weight^T + bias by oneDNN; nullopt where libtorch was built without it.
const std::optional<c10::TypedOperatorHandle<Pointwise>>& oneDnn() {
  static const auto found = [] {
    const auto schema = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    return schema ? std::optional(schema->typed<Pointwise>()) : std::nullopt;
  }();
  return found;
}

at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& bias = std::nullopt) {
  return oneDnn()->call(x, weight, bias, "none", Scalars(), "");
}

// Whether both gradients have products of this size too: they have the same numbers.
bool serves(const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& bias) {
  const auto fits = [](const at::Tensor& tensor) {
    return tensor.is_cpu() && tensor.layout() == at::kStrided && tensor.scalar_type() == at::kFloat;
  };
  return oneDnn() && fits(x) && fits(weight) && (!bias.has_value() || fits(*bias)) && x.dim() > 1 && weight.dim() == 2 &&
         x.size(-1) == weight.size(1) && (!bias.has_value() || (bias->dim() == 1 && bias->size(0) == weight.size(0))) &&
         x.numel() * weight.size(0) >= kFewest;
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& bias) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["has_bias"] = bias.has_value();
    return product(x, weight, bias);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor x = saved[0].flatten(0, -2), &weight = saved[1];
    const at::Tensor gradient = grads[0].flatten(0, -2);
    // A gradient of the gradient goes through PyTorch's own operators.
    const auto multiply = [](const at::Tensor& left, const at::Tensor& right) {
      return at::GradMode::is_enabled() ? at::linear(left, right) : product(left, right);
    };
    variable_list result(3);
    if (ctx->needs_input_grad(0)) result[0] = multiply(gradient, weight.t()).view(saved[0].sizes());
    if (ctx->needs_input_grad(1)) result[1] = multiply(gradient.t(), x.t());
    if (ctx->saved_data["has_bias"].toBool() && ctx->needs_input_grad(2)) result[2] = gradient.sum(0);
    return result;
  }
};

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& bias) {
  return serves(x, weight, bias) ? Linear::apply(x, weight, bias) : at::linear(x, weight, bias);
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("linear", linear); }

}  // namespace earsight
