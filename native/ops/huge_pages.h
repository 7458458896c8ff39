// Asks the system to back a large fresh tensor with huge pages, where that is left to programs (Linux, "madvise"): a
// result of tens of megabytes is written once, and without them each 4 KB of it would be a page fault.
#pragma once

#include <ATen/core/Tensor.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace earsight {

inline at::Tensor onHugePages(at::Tensor fresh) {
#ifdef __linux__
  constexpr uintptr_t kHuge = 2 << 20;
  const auto begin = reinterpret_cast<uintptr_t>(fresh.mutable_data_ptr());
  const uintptr_t first = (begin + kHuge - 1) / kHuge * kHuge, last = (begin + fresh.nbytes()) / kHuge * kHuge;
  // Advice only: where it is refused, pages are small.
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
  return fresh;
}

}  // namespace earsight
