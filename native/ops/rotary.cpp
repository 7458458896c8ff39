#include "rotary.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>
#include <torch/csrc/autograd/custom_function.h>

namespace earsight {

namespace {

struct Rotate : torch::autograd::Function<Rotate> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    ctx->save_for_backward({cos, sin});
    const int64_t half = x.size(2) / 2;
    const at::Tensor c = cos.unsqueeze(1), s = sin.unsqueeze(1);
    const at::Tensor x1 = x.narrow(2, 0, half), x2 = x.narrow(2, half, half);
    const at::Tensor y = at::empty(x.sizes(), x.options());
    at::Tensor y1 = y.narrow(2, 0, half), y2 = y.narrow(2, half, half);
    at::mul_out(y1, x1, c).addcmul_(x2, s, -1);
    at::mul_out(y2, x2, c).addcmul_(x1, s);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& grads) {
    const auto tables = ctx->get_saved_variables();
    return {rotate(grads[0], tables[0], tables[1].neg()), {}, {}};
  }
};

}  // namespace

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return Rotate::apply(x, cos, sin);
}

}  // namespace earsight
