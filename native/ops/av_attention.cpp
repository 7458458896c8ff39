// earsight::av_attention and earsight::av_plan: the torch operators of native/kernels/attention, with gradients.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/attention/engine.h"
#include "attention_inputs.h"
#include "av_attention_cuda.h"
#include "dense_attention.h"
#include "results.h"
#include "settings.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* kOp = "av_attention";

attention::Element elementOf(at::ScalarType dtype) {
  switch (dtype) {
    case at::kBFloat16: return attention::Element::kBFloat16;
    case at::kHalf: return attention::Element::kHalf;
    case at::kDouble: return attention::Element::kDouble;
    default: return attention::Element::kFloat;
  }
}

at::Tensor innermostDense(const at::Tensor& tensor) {
  const at::Tensor x = withValues(tensor);
  return x.stride(-1) == 1 ? x : x.contiguous();
}

attention::ConstRows constRows(const at::Tensor& x) { return {x.const_data_ptr(), x.stride(0), x.stride(1)}; }

attention::Rows rows(const at::Tensor& x) { return {x.mutable_data_ptr(), x.stride(0), x.stride(1)}; }

const void* dataOrNull(const at::Tensor& x) { return x.defined() ? x.const_data_ptr() : nullptr; }

attention::Problem problemOf(const AttentionInputs& inputs) {
  const auto& [q, k, v] = std::tie(inputs.q, inputs.k, inputs.v);
  return {{elementOf(q.scalar_type()), q.size(0), k.size(0), q.size(1), k.size(1), q.size(2), v.size(2)},
          planOf(inputs),
          inputs.scale,
          constRows(q),
          constRows(k),
          constRows(v),
          {dataOrNull(inputs.cos), dataOrNull(inputs.sin), dataOrNull(inputs.keyCos), dataOrNull(inputs.keySin)}};
}

// ---- with gradients -----------------------------------------------------------------------------------------------

struct KernelAttention : torch::autograd::Function<KernelAttention> {
  // -> out [Tq, Hq, Dv], lse [Hq, Tq], mass [Hq, Tq, 8] (empty when not wanted)
  static variable_list forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               AttentionInputs inputs, bool wantMass) {
    inputs.q = innermostDense(q);
    inputs.k = innermostDense(k);
    inputs.v = innermostDense(v);
    const int64_t tq = q.size(0), heads = q.size(1);
    const at::TensorOptions options = q.options().dtype(inputs.working());
    const at::Tensor out = emptyResult({tq, heads, v.size(2)}, q.options()), lse = at::empty({heads, tq}, options);
    const at::Tensor mass = wantMass ? at::empty({heads, tq, attention::kModalities}, options) : at::empty({0}, options);
    if (q.is_cuda()) {
      cudaForward(inputs, out, lse, wantMass ? mass : at::Tensor());
    } else if (!q.is_meta()) {
      const attention::Forward problem{problemOf(inputs), rows(out), lse.mutable_data_ptr(),
                                       wantMass ? mass.mutable_data_ptr() : nullptr};
      attention::forward(attention::engineFor(problem.shape, chosenIsa()), problem, torchParallel());
    }
    ctx->set_materialize_grads(false);
    ctx->save_for_backward({q, k, v, out, lse, mass});
    ctx->saved_data["rest"] = std::vector<at::Tensor>{inputs.nodes, inputs.plan};
    ctx->saved_data["modality"] = inputs.modality;
    ctx->saved_data["query_modality"] = inputs.queryModality;
    ctx->saved_data["rotary"] = inputs.cos.defined()
                                    ? std::vector<at::Tensor>{inputs.cos, inputs.sin, inputs.keyCos, inputs.keySin}
                                    : std::vector<at::Tensor>();
    ctx->saved_data["scale"] = inputs.scale;
    return {out, lse, mass};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    AttentionInputs inputs = restore(ctx, saved);
    const variable_list result = at::GradMode::is_enabled()
                                     ? secondOrder(inputs, grads)
                                     : firstOrder(inputs, saved[3], saved[4], saved[5], grads);
    return {result[0], result[1], result[2], {}, {}};
  }

 private:
  static AttentionInputs restore(AutogradContext* ctx, const variable_list& saved) {
    const auto rest = ctx->saved_data["rest"].toTensorVector(), rotary = ctx->saved_data["rotary"].toTensorVector();
    AttentionInputs inputs{saved[0], saved[1], saved[2], rest[0], ctx->saved_data["modality"].toTensor(),
                           ctx->saved_data["query_modality"].toTensor(), {}, {}, {}, {}, rest[1],
                           ctx->saved_data["scale"].toDouble()};
    if (!rotary.empty()) {
      std::tie(inputs.cos, inputs.sin, inputs.keyCos, inputs.keySin) =
          std::tie(rotary[0], rotary[1], rotary[2], rotary[3]);
    }
    return inputs;
  }

  static variable_list firstOrder(AttentionInputs& inputs, const at::Tensor& out, const at::Tensor& lse,
                                  const at::Tensor& mass, const variable_list& grads) {
    const auto [q, k, v] = std::tuple(inputs.q, inputs.k, inputs.v);
    inputs.q = innermostDense(q);
    inputs.k = innermostDense(k);
    inputs.v = innermostDense(v);
    const at::Tensor dOut = grads[0].defined() ? innermostDense(grads[0]) : at::zeros_like(out);
    const at::Tensor dLse = grads[1].defined() ? contiguousValues(grads[1]) : at::Tensor();
    const at::Tensor dMass = grads[2].defined() ? innermostDense(grads[2]) : at::Tensor();
    if (q.is_cuda()) {
      const auto [dq, dk, dv] = cudaBackward(inputs, {out, lse, mass, dOut, dLse, dMass});
      return {dq, dk, dv};
    }
    const at::Tensor dq = emptyResult(q.sizes(), q.options()), dk = emptyResult(k.sizes(), k.options()),
                     dv = emptyResult(v.sizes(), v.options());
    if (q.is_meta()) return {dq, dk, dv};
    attention::Backward problem{};
    static_cast<attention::Problem&>(problem) = problemOf(inputs);
    problem.dOut = constRows(dOut);
    problem.lse = lse.const_data_ptr();
    if (dMass.defined()) {
      problem.dMass = dMass.const_data_ptr();
      problem.dMassRow = dMass.stride(1);
      problem.dMassHead = dMass.stride(0);
      problem.mass = mass.const_data_ptr();
    }
    problem.out = constRows(out);
    problem.dLse = dataOrNull(dLse);
    problem.dq = rows(dq);
    problem.dk = rows(dk);
    problem.dv = rows(dv);
    attention::backward(attention::engineFor(problem.shape, chosenIsa()), problem, torchParallel());
    return {dq, dk, dv};
  }

  // The gradient as a function of q, k, v and the upstream gradients: the kernels have no derivative of their own
  // backward, so the definition is differentiated twice.
  static variable_list secondOrder(const AttentionInputs& inputs, const variable_list& grads) {
    TORCH_CHECK_NOT_IMPLEMENTED(!inputs.q.is_meta(), kOp, ": differentiable once on meta; create_graph needs tensors with values");
    const auto [out, lse, mass] = denseAttention(inputs);
    variable_list results, upstream;
    const at::Tensor all[] = {out, lse, mass};
    for (int i = 0; i < 3; ++i) {
      if (!grads[i].defined()) continue;
      results.push_back(all[i]);
      upstream.push_back(grads[i]);
    }
    variable_list wanted;
    for (const at::Tensor& x : {inputs.q, inputs.k, inputs.v}) {
      if (x.requires_grad()) wanted.push_back(x);
    }
    const variable_list found = torch::autograd::grad(results, wanted, upstream, std::nullopt, /*create_graph=*/true,
                                                      /*allow_unused=*/true);
    variable_list gradients;
    auto next = found.begin();
    for (const at::Tensor& x : {inputs.q, inputs.k, inputs.v}) {
      gradients.push_back(x.requires_grad() ? *next++ : at::Tensor());
    }
    return gradients;
  }
};

// ---- mass ---------------------------------------------------------------------------------------------------------

enum class MassMode { kNone, kHead, kMean, kNode };

MassMode parseMassMode(std::string_view name) {
  if (name == "none") return MassMode::kNone;
  if (name == "head") return MassMode::kHead;
  if (name == "mean") return MassMode::kMean;
  TORCH_CHECK_VALUE(name == "node", kOp, ": mass_mode: expected none, head, mean or node, got ", name);
  return MassMode::kNode;
}

// mean [Tq, 8] -> [N, 8, 8], rows summed by (node, modality of the query).
at::Tensor massOfNodes(const at::Tensor& mean, const AttentionInputs& inputs) {
  const int64_t count = inputs.nodes.size(0), tq = mean.size(0);
  // libtorch has no index_select on meta, which the gradient of index_add needs.
  if (mean.is_meta()) return mean.sum(0).expand({count, attention::kModalities, attention::kModalities}).contiguous();
  // Rows in no node go to a bin past the end.
  const at::Tensor bins = at::full({tq}, count * attention::kModalities, at::kLong);
  for (int64_t node = 0; node < count; ++node) {
    const int64_t* row = inputs.nodes.const_data_ptr<int64_t>() + node * attention::kNodeColumns;
    for (int64_t query = row[0]; query < row[1]; ++query) {
      const int64_t modality = inputs.queryModality.defined() ? inputs.queryModality.const_data_ptr<uint8_t>()[query] : 0;
      bins.mutable_data_ptr<int64_t>()[query] = node * attention::kModalities + modality;
    }
  }
  const at::Tensor zero = at::zeros({count * attention::kModalities + 1, attention::kModalities}, mean.options());
  const at::Tensor binsOnDevice = bins.to(mean.device());
  // On each device, the one of the two with a fixed order of summation.
  const at::Tensor sums = mean.is_cuda() ? zero.index_put({binsOnDevice}, mean, /*accumulate=*/true) : zero.index_add(0, binsOnDevice, mean);
  return sums.narrow(0, 0, count * attention::kModalities).view({count, attention::kModalities, attention::kModalities});
}

at::Tensor arrangeMass(const at::Tensor& mass, MassMode mode, const AttentionInputs& inputs) {
  switch (mode) {
    case MassMode::kNone: return at::empty({0}, inputs.q.options().dtype(inputs.working()));
    case MassMode::kHead: return mass;
    case MassMode::kMean: return mass.mean(0);
    case MassMode::kNode: return massOfNodes(mass.mean(0), inputs);
  }
  return {};
}

// ---- operators ----------------------------------------------------------------------------------------------------

bool kernelServes(const AttentionInputs& inputs) {
  // Without values there is nothing to compute: the function only allocates.
  if (inputs.q.is_meta()) return true;
  if (denseAttentionWanted() || (inputs.keyEnd.defined() && !inputs.q.is_cuda())) return false;
  if (inputs.q.is_cuda()) return cudaKernelServes(inputs);
  return inputs.q.is_cpu() && inputs.q.size(2) <= attention::kMaxWidth && inputs.v.size(2) <= attention::kMaxWidth;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> avAttention(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& nodes,
    const OptionalTensor& modality, const OptionalTensor& queryModality, const OptionalTensor& cos,
    const OptionalTensor& sin, const OptionalTensor& keyCos, const OptionalTensor& keySin, const OptionalTensor& plan,
    std::optional<double> scale, c10::string_view massMode, const OptionalTensor& keyEnd) {
  const MassMode mode = parseMassMode(massMode);
  const AttentionInputs inputs =
      readAttentionInputs(q, k, v, nodes, modality, queryModality, cos, sin, keyCos, keySin, plan, scale, keyEnd);
  TORCH_CHECK_NOT_IMPLEMENTED(
      !(inputs.keyEnd.defined() && at::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad())),
      kOp, ": key_end: has no gradient; call under no_grad, or let the node table say which keys are seen");
  at::Tensor out, lse, mass;
  if (kernelServes(inputs)) {
    const variable_list results = KernelAttention::apply(q, k, v, inputs, mode != MassMode::kNone);
    std::tie(out, lse, mass) = std::tie(results[0], results[1], results[2]);
  } else {
    std::tie(out, lse, mass) = denseAttention(inputs);
  }
  return {out, lse, arrangeMass(mass, mode, inputs)};
}

at::Tensor avPlan(const at::Tensor& nodes, const OptionalTensor& modality, const OptionalTensor& queryModality,
                  int64_t tq, int64_t tk) {
  constexpr const char* op = "av_plan";
  // A sum of a few such numbers must not overflow.
  constexpr int64_t kMostRows = int64_t{1} << 48;
  TORCH_CHECK_VALUE(tq >= 0 && tq <= kMostRows, op, ": tq: expected a number of rows up to 2^48, got ", tq);
  TORCH_CHECK_VALUE(tk >= 0 && tk <= kMostRows, op, ": tk: expected a number of rows up to 2^48, got ", tk);
  return buildPlanTensor(op, nodes, modality, queryModality, tq, tk);
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) {
  m.impl("av_attention", avAttention);
  m.impl("av_plan", avPlan);
}

}  // namespace earsight
