// earsight::cached_bytes and earsight::empty_cache: the memory that is cached for results, and freeing it.
#include "results.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <torch/library.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "caching_allocator.h"
#include "settings.h"

namespace earsight {

namespace {

// malloc itself caches smaller blocks.
constexpr int64_t kLargeBytes = 4 << 20;

// EARSIGHT_RESULT_CACHE, in MiB; else a sixteenth of the machine's memory, at most 1 GiB.
size_t limitOfCache() {
  constexpr size_t kMiB = 1 << 20;
  const std::string_view wanted = setting("EARSIGHT_RESULT_CACHE");
  if (wanted.empty()) {
    const auto memory = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return std::min(memory / 16, 1024 * kMiB);
  }
  uint32_t size = 0;
  const char* end = wanted.data() + wanted.size();
  const auto [last, error] = std::from_chars(wanted.data(), end, size);
  TORCH_CHECK_VALUE(error == std::errc() && last == end,
                    "EARSIGHT_RESULT_CACHE: expected a whole number of MiB (0 keeps nothing), got '", wanted, "'");
  return size * kMiB;
}

// Never destroyed: tensors may be freed after all static objects.
CachingAllocator& cache() {
  static auto* const only = new CachingAllocator(limitOfCache());
  return *only;
}

}  // namespace

void checkResultCacheSetting() { cache(); }

at::Tensor emptyResult(at::IntArrayRef sizes, const at::TensorOptions& options) {
  const int64_t bytes = c10::multiply_integers(sizes) * static_cast<int64_t>(options.dtype().itemsize());
  const bool large = options.device().is_cpu() && bytes >= kLargeBytes;
  void* data = large ? cache().allocate(bytes) : nullptr;
  // Without memory, at::empty fails with the error that every operator gives.
  if (data == nullptr) return at::empty(sizes, options);
  return at::from_blob(data, sizes, [bytes](void* block) { cache().deallocate(block, bytes); }, options);
}

TORCH_LIBRARY_FRAGMENT(earsight, m) {
  m.def("cached_bytes() -> int", [] { return static_cast<int64_t>(cache().cachedBytes()); });
  m.def("empty_cache() -> ()", [] { cache().release(); });
}

}  // namespace earsight
