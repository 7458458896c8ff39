#include "caching_allocator.h"

#include <algorithm>
#include <cstdlib>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace earsight {

namespace {

constexpr std::size_t kHugePage = 2 << 20;

constexpr std::size_t wholePages(std::size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

void* fresh(std::size_t bytes) {
  void* data = std::aligned_alloc(kHugePage, bytes);
#ifdef __linux__
  // Advice only, where huge pages are left to programs: where it is refused, pages are small.
  if (data != nullptr) madvise(data, bytes, MADV_HUGEPAGE);
#endif
  return data;
}

}  // namespace

void* CachingAllocator::take(std::size_t bytes) {
  bytes = wholePages(bytes);
  {
    const std::lock_guard lock(mutex_);
    // The newest one is the likeliest to be in the processor's caches.
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Block& it) { return it.bytes == bytes; });
    if (found != kept_.rend()) {
      void* data = found->data;
      kept_.erase(std::next(found).base());
      keptBytes_ -= bytes;
      return data;
    }
  }
  if (void* data = fresh(bytes)) return data;
  release();
  return fresh(bytes);
}

void CachingAllocator::give(void* data, std::size_t bytes) {
  bytes = wholePages(bytes);
  std::deque<Block> dropped;
  {
    const std::lock_guard lock(mutex_);
    kept_.push_back({bytes, data});
    keptBytes_ += bytes;
    while (keptBytes_ > limit_) {
      dropped.push_back(kept_.front());
      keptBytes_ -= kept_.front().bytes;
      kept_.pop_front();
    }
  }
  for (const Block& block : dropped) std::free(block.data);
}

void CachingAllocator::release() {
  std::deque<Block> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(kept_);
    keptBytes_ = 0;
  }
  for (const Block& block : dropped) std::free(block.data);
}

std::size_t CachingAllocator::cachedBytes() const {
  const std::lock_guard lock(mutex_);
  return keptBytes_;
}

}  // namespace earsight
