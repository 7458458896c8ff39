// Memory of packed weights and of the cache: aligned to 64 bytes, and in the system's large pages where there are any, as
// every step reads all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace earsight::decode {

struct FreeBytes {
  void operator()(std::byte* data) const { std::free(data); }
};
using Bytes = std::unique_ptr<std::byte[], FreeBytes>;

inline Bytes allocateBytes(int64_t count) {
  constexpr size_t kLargePage = size_t{2} << 20;
  const auto bytes = static_cast<size_t>(count);
  const size_t alignment = bytes < kLargePage ? 64 : kLargePage;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
  Bytes data(static_cast<std::byte*>(memory));
#if defined(__linux__)
  // Whole large pages only: the rest would take more memory than it holds. Without them it works as well.
  if (bytes >= kLargePage) madvise(data.get(), bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return data;
}

}  // namespace earsight::decode
