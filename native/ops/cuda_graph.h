// Captured CUDA graphs (earsight::cuda_graph_*): what an operator must keep for them.
#pragma once

#include <ATen/core/Tensor.h>

namespace earsight {

// A tensor that the kernels of a capture read, and that its owner may free: it lives as long as the graph that this thread
// captures. Nothing where there is no capture.
void keepForCapture(const at::Tensor& tensor);

}  // namespace earsight
