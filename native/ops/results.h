// Memory for operators' results: large ones on the CPU reuse the memory of earlier ones (caching_allocator.h).
#pragma once

#include <ATen/core/Tensor.h>

namespace earsight {

// As at::empty.
at::Tensor emptyResult(at::IntArrayRef sizes, const at::TensorOptions& options);

// Throws a ValueError where EARSIGHT_RESULT_CACHE is not a number of MiB.
void checkResultCacheSetting();

}  // namespace earsight
