// Launches kernels, and defines the functions of run.h. Included by one .cu file for each format.
#pragma once

#include "backward_key.h"
#include "backward_query.h"
#include "delta.h"
#include "forward.h"
#include "rotate.h"
#include "run.h"

#if defined(__CUDACC__)

#include <stdexcept>
#include <string>

namespace earsight::attention::cuda {

inline void check(cudaError_t error, const char* kernel) {
  if (error == cudaSuccess) return;
  throw std::runtime_error(std::string("av_attention: ") + kernel + ": " + cudaGetErrorString(error));
}

template <typename Kernel, typename Arguments>
void launch(const char* name, Kernel kernel, int64_t blocks, int threads, int sharedBytes, const Arguments& arguments,
            void* stream) {
  if (blocks == 0) return;
  // More than 48 KiB need this attribute.
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, sharedBytes), name);
  kernel<<<static_cast<unsigned>(blocks), threads, sharedBytes, static_cast<cudaStream_t>(stream)>>>(arguments);
  check(cudaGetLastError(), name);
}

}  // namespace earsight::attention::cuda

#endif  // without nvcc: launch() of the emulator

namespace earsight::attention::cuda {

static_assert(backwardQuerySharedBytes<kLargestWidth>(kFullTileRows) == kFullTileSharedBytes);

// body.operator()<kWidth>() for the smallest width that holds `width`.
template <typename Body>
void withWidth(int width, const Body& body) {
  if (width <= 32) return body.template operator()<32>();
  if (width <= 64) return body.template operator()<64>();
  if (width <= 80) return body.template operator()<80>();
  if (width <= 96) return body.template operator()<96>();
  return body.template operator()<kLargestWidth>();
}

inline int widest(const Arguments& a) { return a.width > a.valueWidth ? a.width : a.valueWidth; }

inline int64_t blocksOf(int64_t work, int64_t each) { return (work + each - 1) / each; }

inline int queryThreads(const Arguments& a) { return warpRowsOf(a.plan.tileRows) / kWarpRows * 32; }

template <typename Format>
void runForward(const ForwardArguments& a, void* stream) {
  withWidth(widest(a), [&]<int kWidth>() {
    launch("forward", forwardKernel<Format, kWidth>, a.plan.tileCount * a.heads, queryThreads(a),
           forwardSharedBytes<kWidth>(a.plan.tileRows), a, stream);
  });
}

template <typename Format>
void runBackward(const DeltaArguments& delta, const BackwardArguments& a, void* stream) {
  launch("delta", deltaKernel<Format>, blocksOf(delta.tq * delta.heads, kDeltaThreads / 32), kDeltaThreads, 0, delta,
         stream);
  withWidth(widest(a), [&]<int kWidth>() {
    launch("backward of q", backwardQueryKernel<Format, kWidth>, a.plan.tileCount * a.heads, queryThreads(a),
           backwardQuerySharedBytes<kWidth>(a.plan.tileRows), a, stream);
    launch("backward of k and v", backwardKeyKernel<Format, kWidth>, a.plan.blockCount * (a.heads / a.group),
           kKeyThreads, backwardKeySharedBytes<kWidth>(), a, stream);
  });
}

template <typename Format>
void runRotate(const RotateArguments& a, void* stream) {
  launch("rotation", rotateKernel<Format>, blocksOf(a.rows * a.heads * (a.width / 2), kRotateThreads), kRotateThreads, 0,
         a, stream);
}

}  // namespace earsight::attention::cuda
