#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <stdexcept>
#include <string>

#include "rows.h"

namespace earsight::linear_logprob::cuda {

namespace {

constexpr int kThreads = 512;
constexpr float kNone = -INFINITY;

void check(const char* kernel) {
  const cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess) return;
  throw std::runtime_error(std::string("linear_logprob: ") + kernel + ": " + cudaGetErrorString(error));
}

// sum e^(z - m) and sum (z - m) e^(z - m) relative to the largest score m.
struct Partial {
  float largest = kNone, sum = 0, moment = 0;
};

__device__ Partial merge(Partial a, Partial b) {
  const float largest = fmaxf(a.largest, b.largest);
  if (largest == kNone) return {};  // only -inf: -inf - -inf would be NaN
  Partial out{largest};
  for (const Partial* part : {&a, &b}) {
    if (part->largest == kNone) continue;
    const float shift = part->largest - largest, factor = expf(shift);
    out.sum += part->sum * factor;
    out.moment += (part->moment + part->sum * shift) * factor;
  }
  return out;
}

__device__ Partial mergeBlock(Partial mine) {
  __shared__ Partial shared[kThreads];
  shared[threadIdx.x] = mine;
  for (int distance = kThreads / 2; distance > 0; distance /= 2) {
    __syncthreads();
    if (threadIdx.x < distance) shared[threadIdx.x] = merge(shared[threadIdx.x], shared[threadIdx.x + distance]);
  }
  __syncthreads();
  return shared[0];
}

struct Row {
  const float* data;
  const float* bias;
  float scale;

  __device__ Row(const Logits& logits, int64_t row)
      : data(logits.data + row * logits.vocabulary), bias(logits.bias), scale(logits.scale) {}
  __device__ float operator[](int64_t token) const {
    return (data[token] + (bias == nullptr ? 0.0f : bias[token])) * scale;
  }
};

__global__ void statisticsKernel(Logits logits, RowTargets targets, RowStatistics out) {
  const int64_t row = blockIdx.x;
  const Row z(logits, row);
  Partial mine;
  bool hasNan = false;  // fmaxf ignores NaN
  for (int64_t token = threadIdx.x; token < logits.vocabulary; token += kThreads) {
    const float score = z[token];
    hasNan |= isnan(score);
    mine = merge(mine, {score, score == kNone ? 0.0f : 1.0f, 0.0f});
  }
  hasNan = __syncthreads_or(hasNan);
  const Partial all = mergeBlock(mine);
  const float log = hasNan ? NAN : logf(all.sum);
  if (threadIdx.x == 0) {
    out.lse[row] = all.largest + log;
    out.entropy[row] = log - all.moment / all.sum;
  }
  for (int64_t t = targets.first[row] + threadIdx.x; t < targets.first[row + 1]; t += kThreads) {
    out.logp[t] = z[targets.token[t]] - all.largest - log;
  }
}

template <typename T>
__global__ void gradientKernel(Logits logits, RowTargets targets, RowGradient given, T* dz) {
  const int64_t row = blockIdx.x;
  const Row z(logits, row);
  const int64_t first = targets.first[row], last = targets.first[row + 1];
  const auto at = [](const float* values, int64_t t) { return values == nullptr ? 0.0f : values[t]; };
  float constant = 0, dEntropy = 0;
  for (int64_t t = first; t < last; ++t) {
    constant += at(given.dLogp, t) - at(given.dLse, t);
    dEntropy += at(given.dEntropy, t);
  }
  const float lse = given.lse[row];
  if (dEntropy != 0) constant += dEntropy * given.entropy[row];
  T* out = dz + row * logits.vocabulary;
  const auto common = [&](int64_t token) {
    // Below -110 the probability is 0, and -inf times 0 would be NaN. No fmaxf: it would ignore a NaN.
    const float distance = z[token] - lse, clamped = distance < -110.0f ? -110.0f : distance;
    return -expf(clamped) * (constant + dEntropy * clamped) * logits.scale;
  };
  for (int64_t token = threadIdx.x; token < logits.vocabulary; token += kThreads) out[token] = T(common(token));
  __syncthreads();
  // Targets again, with their own term added before rounding. Equal targets write the same value.
  for (int64_t t = first + threadIdx.x; t < last; t += kThreads) {
    float own = 0;
    for (int64_t other = first; other < last; ++other) {
      if (targets.token[other] == targets.token[t]) own += at(given.dLogp, other);
    }
    out[targets.token[t]] = T(common(targets.token[t]) + own * logits.scale);
  }
}

template <typename T>
void runGradient(const Logits& logits, const RowTargets& targets, const RowGradient& given, void* dz, void* stream) {
  gradientKernel<T><<<static_cast<unsigned>(logits.rows), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      logits, targets, given, static_cast<T*>(dz));
  check("gradient");
}

}  // namespace

void statistics(const Logits& logits, const RowTargets& targets, const RowStatistics& out, void* stream) {
  if (logits.rows == 0) return;
  statisticsKernel<<<static_cast<unsigned>(logits.rows), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      logits, targets, out);
  check("statistics");
}

void gradient(const Logits& logits, const RowTargets& targets, const RowGradient& given, Element element, void* dz,
              void* stream) {
  if (logits.rows == 0) return;
  switch (element) {
    case Element::kBFloat16: return runGradient<__nv_bfloat16>(logits, targets, given, dz, stream);
    case Element::kHalf: return runGradient<__half>(logits, targets, given, dz, stream);
    default: return runGradient<float>(logits, targets, given, dz, stream);
  }
}

}  // namespace earsight::linear_logprob::cuda
