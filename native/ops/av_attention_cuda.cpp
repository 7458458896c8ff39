#include "av_attention_cuda.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <list>
#include <mutex>

#include "../kernels/attention/cuda/attention.h"
#include "cuda_graph.h"

namespace earsight {

namespace {

constexpr const char* kOp = "av_attention";

int deviceAttribute(const at::Device& device, cudaDeviceAttr attribute) {
  int value = 0;
  const cudaError_t error = cudaDeviceGetAttribute(&value, attribute, device.index());
  TORCH_CHECK(error == cudaSuccess, kOp, ": ", device, ": ", cudaGetErrorString(error));
  return value;
}

attention::Shape shapeOf(const AttentionInputs& inputs) {
  const auto& [q, k, v] = std::tie(inputs.q, inputs.k, inputs.v);
  const auto element = q.scalar_type() == at::kHalf ? attention::Element::kHalf : attention::Element::kBFloat16;
  return {element, q.size(0), k.size(0), q.size(1), k.size(1), q.size(2), v.size(2)};
}

// Kernels read 16 bytes at a time.
at::Tensor aligned(const at::Tensor& x) {
  const bool fits = x.stride(2) == 1 && x.stride(0) % 8 == 0 && x.stride(1) % 8 == 0 &&
                    reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0;
  return fits ? x : x.clone(at::MemoryFormat::Contiguous);
}

attention::ConstRows constRows(const at::Tensor& x) { return {x.const_data_ptr(), x.stride(0), x.stride(1)}; }

attention::Rows rows(const at::Tensor& x) { return {x.mutable_data_ptr(), x.stride(0), x.stride(1)}; }

// ---- plans on the device ------------------------------------------------------------------------------------------

struct DevicePlan {
  at::Device device;
  attention::PlanHeader made;  // of the plan on the CPU: the input that it was made from
  at::Tensor words, onDevice;

  bool servesFor(const attention::PlanHeader& header, const at::Device& where) const {
    return device == where && made.nodesHash == header.nodesHash && made.modalityHash == header.modalityHash &&
           made.tq == header.tq && made.tk == header.tk;
  }
};

// All layers and backward need the plan of one batch; it is built with tiles for the GPU and copied once. The last few are
// cached, because batches of evaluation and rollouts alternate with those of training.
class DevicePlans {
 public:
  DevicePlan of(const AttentionInputs& inputs) {
    const attention::PlanHeader header = *planOf(inputs).header;
    const at::Device device = inputs.q.device();
    const std::lock_guard lock(mutex_);
    for (auto plan = plans_.begin(); plan != plans_.end(); ++plan) {
      if (!plan->servesFor(header, device)) continue;
      plans_.splice(plans_.begin(), plans_, plan);
      return plans_.front();
    }
    const int64_t tileRows =
        attention::cuda::tileRows(deviceAttribute(device, cudaDevAttrMaxSharedMemoryPerBlockOptin));
    const at::Tensor words = buildPlanTensor(kOp, inputs.nodes, inputs.modality, inputs.queryModality, header.tq,
                                             header.tk, tileRows);
    plans_.push_front({device, header, words, words.to(device)});
    if (plans_.size() > kMostPlans) plans_.pop_back();
    return plans_.front();
  }

 private:
  static constexpr size_t kMostPlans = 8;
  std::mutex mutex_;
  std::list<DevicePlan> plans_;
};

// Never destroyed: at the end of the process the CUDA driver may be unloaded earlier.
DevicePlans& devicePlans() {
  static auto* plans = new DevicePlans;
  return *plans;
}

// ---- a call -------------------------------------------------------------------------------------------------------

// What forward and backward both prepare: the device, q and k rotated and aligned, the plan.
struct Call {
  c10::DeviceGuard guard;
  cudaStream_t stream;
  at::Tensor q, k, v;
  DevicePlan plan;
  attention::Problem problem;

  explicit Call(const AttentionInputs& inputs)
      : guard(inputs.q.device()),
        stream(c10::cuda::getCurrentCUDAStream(inputs.q.device().index()).stream()),
        q(rotated(inputs.q, inputs.cos, inputs.sin)),
        k(rotated(inputs.k, inputs.keyCos, inputs.keySin)),
        v(aligned(inputs.v)),
        plan(devicePlans().of(inputs)),
        problem{shapeOf(inputs), openPlanTensor(kOp, plan.words), inputs.scale, constRows(q), constRows(k),
                constRows(v),    {}} {
    // The plan may have been copied on another stream, and another thread may drop it.
    plan.onDevice.record_stream(c10::cuda::getCurrentCUDAStream(inputs.q.device().index()));
    keepForCapture(plan.onDevice);
  }

  const int64_t* words() const { return plan.onDevice.const_data_ptr<int64_t>(); }

  at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) const {
    const at::Tensor from = aligned(x);
    if (!cos.defined()) return from;
    const at::Tensor to = at::empty(x.sizes(), x.options());
    rotate(from, to, cos, sin, /*inverse=*/false);
    return to;
  }

  void rotate(const at::Tensor& from, const at::Tensor& to, const at::Tensor& cos, const at::Tensor& sin,
              bool inverse) const {
    const auto element =
        from.scalar_type() == at::kHalf ? attention::Element::kHalf : attention::Element::kBFloat16;
    attention::cuda::rotate({element, from.size(0), from.size(1), from.size(2), constRows(from), rows(to),
                             cos.const_data_ptr<float>(), sin.const_data_ptr<float>(), inverse},
                            stream);
  }
};

}  // namespace

bool cudaKernelServes(const AttentionInputs& inputs) {
  const auto dtype = inputs.q.scalar_type();
  return inputs.q.is_cuda() && (dtype == at::kBFloat16 || dtype == at::kHalf) &&
         attention::cuda::accepts(shapeOf(inputs)) &&
         deviceAttribute(inputs.q.device(), cudaDevAttrComputeCapabilityMajor) >= 8;
}

void cudaForward(const AttentionInputs& inputs, const at::Tensor& out, const at::Tensor& lse, const at::Tensor& mass) {
  const Call call(inputs);
  // The kernels write only the rows in tiles.
  if (!call.problem.plan.idleQueries.empty()) {
    out.zero_();
    lse.fill_(-std::numeric_limits<double>::infinity());
    if (mass.defined()) mass.zero_();
  }
  attention::cuda::forward(
      {call.problem, rows(out), lse.mutable_data_ptr(), mass.defined() ? mass.mutable_data_ptr() : nullptr},
      call.words(), inputs.keyEnd.defined() ? inputs.keyEnd.const_data_ptr<int64_t>() : nullptr, call.stream);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> cudaBackward(const AttentionInputs& inputs, const CudaBackward& given) {
  const Call call(inputs);
  const at::Tensor dOut = aligned(given.dOut);
  const at::Tensor dq = at::empty(inputs.q.sizes(), inputs.q.options());
  const at::Tensor dk = at::empty(inputs.k.sizes(), inputs.k.options());
  const at::Tensor dv = at::empty(inputs.v.sizes(), inputs.v.options());
  if (!call.problem.plan.idleQueries.empty()) dq.zero_();
  if (!call.problem.plan.idleKeys.empty()) {
    dk.zero_();
    dv.zero_();
  }
  const at::Tensor delta = at::empty(given.lse.sizes(), given.lse.options());
  attention::Backward problem{};
  static_cast<attention::Problem&>(problem) = call.problem;
  problem.dOut = constRows(dOut);
  problem.out = constRows(given.out);
  problem.lse = given.lse.const_data_ptr();
  if (given.dLse.defined()) problem.dLse = given.dLse.const_data_ptr();
  if (given.dMass.defined()) {
    problem.mass = given.mass.const_data_ptr();
    problem.dMass = given.dMass.const_data_ptr();
    problem.dMassRow = given.dMass.stride(1);
    problem.dMassHead = given.dMass.stride(0);
  }
  problem.dq = rows(dq);
  problem.dk = rows(dk);
  problem.dv = rows(dv);
  attention::cuda::backward(problem, call.words(), delta.mutable_data_ptr<float>(), call.stream);
  if (inputs.cos.defined()) {
    call.rotate(dq, dq, inputs.cos, inputs.sin, /*inverse=*/true);
    call.rotate(dk, dk, inputs.keyCos, inputs.keySin, /*inverse=*/true);
  }
  return {dq, dk, dv};
}

}  // namespace earsight
