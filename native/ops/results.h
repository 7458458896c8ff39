// Where operators' results live: large ones on the CPU in memory that is kept from earlier ones (caching_allocator.h).
#pragma once

#include <ATen/core/Tensor.h>

namespace earsight {

// As at::empty.
at::Tensor emptyResult(at::IntArrayRef sizes, const at::TensorOptions& options);

// Throws a ValueError where EARSIGHT_RESULT_CACHE is no number of MiB.
void checkResultCacheSetting();

}  // namespace earsight
