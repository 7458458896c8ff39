#include "dense_logprob.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/autograd.h>

namespace earsight {

std::tuple<at::Tensor, at::Tensor, at::Tensor> denseLogprob(const LogprobInputs& inputs) {
  const at::Device device = inputs.hidden.device();
  const at::Tensor ignored = (inputs.target == inputs.ignoreIndex).to(device);
  const at::Tensor target = inputs.target.to(device).masked_fill(ignored, 0);
  const at::Tensor hidden =
      inputs.rows.defined() ? inputs.hidden.index_select(0, inputs.rows.to(device)) : inputs.hidden;
  at::Tensor logits = at::linear(hidden.to(inputs.working()), inputs.weight.to(inputs.working()));
  if (inputs.bias.defined()) logits = logits + inputs.bias.to(inputs.working());
  logits = logits / inputs.temperature;
  const at::Tensor lse = logits.logsumexp(-1);
  const at::Tensor all = logits - lse.unsqueeze(-1);
  const at::Tensor logp = all.gather(-1, target.unsqueeze(-1)).squeeze(-1);
  const at::Tensor entropy = -(all.exp() * all).sum(-1);
  return {logp.masked_fill(ignored, 0), lse.masked_fill(ignored, 0), entropy.masked_fill(ignored, 0)};
}

torch::autograd::variable_list denseLogprobGradient(const LogprobInputs& inputs,
                                                    const torch::autograd::variable_list& upstream) {
  TORCH_CHECK_NOT_IMPLEMENTED(!inputs.hidden.is_meta(),
                              "linear_logprob: differentiable once on meta; create_graph needs tensors with values");
  const auto [logp, lse, entropy] = denseLogprob(inputs);
  const at::Tensor all[] = {logp, lse, entropy};
  torch::autograd::variable_list results, gradients;
  for (int i = 0; i < 3; ++i) {
    if (!upstream[i].defined()) continue;
    results.push_back(all[i]);
    gradients.push_back(upstream[i]);
  }
  const at::Tensor leaves[] = {inputs.hidden, inputs.weight, inputs.bias};
  torch::autograd::variable_list wanted;
  for (const at::Tensor& x : leaves) {
    if (x.defined() && x.requires_grad()) wanted.push_back(x);
  }
  if (results.empty() || wanted.empty()) return {{}, {}, {}};
  const auto found = torch::autograd::grad(results, wanted, gradients, std::nullopt, /*create_graph=*/true,
                                           /*allow_unused=*/true);
  torch::autograd::variable_list out;
  auto next = found.begin();
  for (const at::Tensor& x : leaves) out.push_back(x.defined() && x.requires_grad() ? *next++ : at::Tensor());
  return out;
}

}  // namespace earsight
