// earsight::policy_loss: native/kernels/policy/policy_loss.h as an operator, with gradients in logp and entropy. Its schema
// and the reading of its arguments follow from the table of losses.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/policy/policy_loss.h"
#include "losses.generated.h"
#include "policy_settings.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* kOp = "policy_loss";

// The tensors that a batch points into, one dtype and dense.
struct PolicyTensors {
  at::Tensor logp, advantages, offsets, old, ref, sampler, entropy, mask;
  at::Tensor counts;  // int64 [B]: tokens in the loss
  bool advantagePerToken = false;
  PolicyCounts totals;

  int64_t tokens() const { return logp.numel(); }
};

at::Tensor perToken(const char* name, const at::Tensor& tensor, const at::Tensor& logp) {
  if (!tensor.defined()) return tensor;
  TORCH_CHECK_VALUE(tensor.numel() == logp.numel(), kOp, ": ", name, ": expected the ", logp.numel(),
                    " tokens of logp, got ", tensor.sizes());
  TORCH_CHECK_VALUE(tensor.device() == logp.device(), kOp, ": ", name, ": expected logp's device ", logp.device(),
                    ", got ", tensor.device());
  return contiguousValues(tensor.detach().reshape({-1}).to(logp.scalar_type()));
}

at::Tensor checkOffsets(const at::Tensor& offsets, int64_t tokens, at::Device first) {
  TORCH_CHECK_TYPE(offsets.scalar_type() == at::kLong, kOp, ": cu_seqlens: expected dtype int64, got ",
                   offsets.scalar_type());
  TORCH_CHECK_VALUE(offsets.dim() == 1 && offsets.numel() > 0, kOp, ": cu_seqlens: expected shape [sequences + 1], got ",
                    offsets.sizes());
  const at::Tensor host = hostValues(kOp, "cu_seqlens", offsets, first);
  if (host.is_meta()) return host;
  const int64_t* bound = host.const_data_ptr<int64_t>();
  const int64_t sequences = host.numel() - 1;
  TORCH_CHECK_VALUE(bound[0] == 0, kOp, ": cu_seqlens: expected to start at 0, got ", bound[0]);
  for (int64_t i = 0; i < sequences; ++i) {
    TORCH_CHECK_VALUE(bound[i] <= bound[i + 1], kOp, ": cu_seqlens: expected ascending offsets, got ", bound[i],
                      " before ", bound[i + 1], " at ", i + 1);
  }
  TORCH_CHECK_VALUE(bound[sequences] == tokens, kOp, ": cu_seqlens: expected to end at the ", tokens,
                    " tokens of logp, got ", bound[sequences]);
  return host;
}

// `arguments`: the operator's tensors.
PolicyTensors gather(c10::ArrayRef<c10::IValue> arguments) {
  const auto given = [&](size_t index) { return arguments[index].isNone() ? at::Tensor() : arguments[index].toTensor(); };
  const at::Tensor logp = given(0), advantages = given(1), offsets = given(2), mask = given(6);
  TORCH_CHECK_TYPE(at::isFloatingType(logp.scalar_type()), kOp, ": logp: expected a floating dtype, got ",
                   logp.scalar_type());
  TORCH_CHECK_VALUE(logp.dim() == 1, kOp, ": logp: expected shape [tokens], completions end to end, got ", logp.sizes());
  PolicyTensors t;
  const at::ScalarType working = logp.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  t.logp = contiguousValues(logp.detach().to(working));
  t.offsets = checkOffsets(offsets, t.tokens(), logp.device());
  t.old = perToken("old_logp", given(3), t.logp);
  t.ref = perToken("ref_logp", given(4), t.logp);
  t.sampler = perToken("sampler_logp", given(5), t.logp);
  t.entropy = perToken("entropy", given(7), t.logp);
  if (mask.defined()) {
    TORCH_CHECK_VALUE(mask.numel() == t.tokens(), kOp, ": mask: expected the ", t.tokens(), " tokens of logp, got ",
                      mask.sizes());
    checkHasValues(kOp, "mask", mask, logp.device());
    t.mask = contiguousValues(mask.detach().reshape({-1}).to(logp.device()).to(at::kBool));
  }
  const int64_t sequences = t.offsets.numel() - 1;
  t.advantagePerToken = advantages.numel() != sequences;
  TORCH_CHECK_VALUE(!t.advantagePerToken || advantages.numel() == t.tokens(), kOp,
                    ": advantages: expected one for each of ", sequences, " sequences or ", t.tokens(), " tokens, got ",
                    advantages.sizes());
  checkHasValues(kOp, "advantages", advantages, logp.device());
  t.advantages = contiguousValues(advantages.detach().reshape({-1}).to(logp.device()).to(working));
  t.totals.sequences = sequences;
  t.totals.hasRef = t.ref.defined();
  t.totals.hasSampler = t.sampler.defined();
  t.totals.hasEntropy = t.entropy.defined();
  if (logp.is_meta()) {
    t.totals.tokens = t.tokens();
    return t;
  }
  t.counts = at::empty({sequences}, at::kLong);
  const at::Tensor bytes = t.mask.defined() ? t.mask.cpu() : at::Tensor();
  t.totals.tokens = policy::countTokens(
      t.offsets.const_data_ptr<int64_t>(), sequences,
      bytes.defined() ? static_cast<const uint8_t*>(bytes.const_data_ptr()) : nullptr, t.counts.mutable_data_ptr<int64_t>());
  return t;
}

template <class T>
const T* dataOrNull(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<T>() : nullptr;
}

const uint8_t* maskOf(const PolicyTensors& t) {
  return t.mask.defined() ? static_cast<const uint8_t*>(t.mask.const_data_ptr()) : nullptr;
}

template <class T>
policy::PolicyResult runOnCpu(const PolicyTensors& t, policy::PolicySettings settings, const at::Tensor& gradLogp,
                              const at::Tensor& gradEntropy) {
  if (settings.topEntropyQuantile < 1) {
    settings.entropyThreshold = policy::entropyThreshold(dataOrNull<T>(t.entropy), maskOf(t), t.tokens(),
                                                         settings.topEntropyQuantile);
  }
  if (settings.entropyCoef != 0) {
    const int64_t kept = policy::countKept(dataOrNull<T>(t.entropy), maskOf(t), t.tokens(), settings.entropyThreshold);
    settings.entropyWeight = entropyBonusWeight(settings, t.totals, kept);
  }
  policy::PolicyBatch<T> batch;
  batch.sequences = t.totals.sequences;
  batch.tokens = t.tokens();
  batch.offsets = t.offsets.const_data_ptr<int64_t>();
  batch.counts = t.counts.const_data_ptr<int64_t>();
  batch.logp = t.logp.const_data_ptr<T>();
  batch.old = dataOrNull<T>(t.old);
  batch.ref = dataOrNull<T>(t.ref);
  batch.sampler = dataOrNull<T>(t.sampler);
  batch.entropy = dataOrNull<T>(t.entropy);
  batch.mask = maskOf(t);
  batch.advantages = t.advantages.const_data_ptr<T>();
  batch.advantagePerToken = t.advantagePerToken;
  batch.gradLogp = gradLogp.defined() ? gradLogp.mutable_data_ptr<T>() : nullptr;
  batch.gradEntropy = gradEntropy.defined() ? gradEntropy.mutable_data_ptr<T>() : nullptr;
  return policy::policyLoss(batch, settings, torchParallel());
}

struct PolicyLoss : torch::autograd::Function<PolicyLoss> {
  // -> loss [], metrics [kMetrics]
  static variable_list forward(AutogradContext* ctx, const at::Tensor& logp, const std::optional<at::Tensor>& entropy,
                               const PolicyTensors& tensors, const policy::PolicySettings& settings, bool wantsGradient) {
    const at::Tensor gradLogp = wantsGradient ? at::empty_like(tensors.logp) : at::Tensor();
    const at::Tensor gradEntropy =
        wantsGradient && settings.entropyCoef != 0 ? at::empty_like(tensors.logp) : at::Tensor();
    TORCH_CHECK_NOT_IMPLEMENTED(logp.is_cpu() || logp.is_meta(), kOp, ": logp: expected a tensor on the CPU, got ",
                                logp.device());
    policy::PolicyResult result;
    if (!logp.is_meta()) {
      result = tensors.logp.scalar_type() == at::kDouble ? runOnCpu<double>(tensors, settings, gradLogp, gradEntropy)
                                                         : runOnCpu<float>(tensors, settings, gradLogp, gradEntropy);
    }
    if (wantsGradient) {
      ctx->save_for_backward({gradLogp, gradEntropy});
      ctx->saved_data["dtype"] = logp.scalar_type();
      if (gradEntropy.defined()) ctx->saved_data["entropyDtype"] = entropy->scalar_type();
    }
    const at::TensorOptions like = tensors.logp.options();
    const at::Tensor values = at::empty({policy::kMetrics}, at::kDouble);
    std::copy(result.metrics, result.metrics + policy::kMetrics, values.mutable_data_ptr<double>());
    const at::Tensor metrics = values.to(like);
    ctx->mark_non_differentiable({metrics});
    return {at::full({}, result.loss, like), metrics};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(), kOp,
                                ": differentiable once; for create_graph write the loss with tensor operations");
    const variable_list saved = ctx->get_saved_variables();
    const auto flow = [&](const at::Tensor& gradient, const char* dtype) {
      return gradient.defined() ? gradient.mul(grads[0]).to(ctx->saved_data[dtype].toScalarType()) : at::Tensor();
    };
    return {flow(saved[0], "dtype"), flow(saved[1], "entropyDtype"), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

void policyLoss(const c10::OperatorHandle&, torch::jit::Stack* stack) {
  const c10::ArrayRef<c10::IValue> all = torch::jit::last(*stack, kPolicyArguments);
  const LossArguments arguments(kOp, all.slice(kPolicyTensors));
  const policy::PolicyLossRow& loss = arguments.row(policy::kPolicyLosses);
  const policy::PolicyFields fields = readPolicyFields(arguments, loss);
  const PolicyTensors tensors = gather(all.slice(0, kPolicyTensors));
  const policy::PolicySettings settings = policySettings(loss, fields, tensors.totals);
  const at::Tensor logp = all[0].toTensor();
  const auto entropy = all[7].toOptional<at::Tensor>();
  const bool wantsGradient =
      at::GradMode::is_enabled() && (logp.requires_grad() || (entropy.has_value() && entropy->requires_grad()));
  const variable_list out = PolicyLoss::apply(logp, entropy, tensors, settings, wantsGradient);
  torch::jit::drop(*stack, kPolicyArguments);
  torch::jit::push(*stack, out[0], out[1]);
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) {
  m.impl("policy_loss", torch::CppFunction::makeFromBoxedFunction<&policyLoss>());
}

}  // namespace earsight
