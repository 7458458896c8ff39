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
  // Advice for systems that leave huge pages to programs. Where it is refused, pages are small.
  if (data != nullptr) madvise(data, bytes, MADV_HUGEPAGE);
#endif
  return data;
}

}  // namespace

void* CachingAllocator::allocate(std::size_t bytes) {
  bytes = wholePages(bytes);
  {
    const std::lock_guard lock(mutex_);
    // The newest block is the most likely to be in the processor's caches.
    const auto found = std::find_if(cached_.rbegin(), cached_.rend(), [&](const Block& it) { return it.bytes == bytes; });
    if (found != cached_.rend()) {
      void* data = found->data;
      cached_.erase(std::next(found).base());
      cachedBytes_ -= bytes;
      return data;
    }
  }
  if (void* data = fresh(bytes)) return data;
  release();
  return fresh(bytes);
}

void CachingAllocator::deallocate(void* data, std::size_t bytes) {
  bytes = wholePages(bytes);
  std::deque<Block> dropped;
  {
    const std::lock_guard lock(mutex_);
    cached_.push_back({bytes, data});
    cachedBytes_ += bytes;
    while (cachedBytes_ > limit_) {
      dropped.push_back(cached_.front());
      cachedBytes_ -= cached_.front().bytes;
      cached_.pop_front();
    }
  }
  for (const Block& block : dropped) std::free(block.data);
}

void CachingAllocator::release() {
  std::deque<Block> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(cached_);
    cachedBytes_ = 0;
  }
  for (const Block& block : dropped) std::free(block.data);
}

std::size_t CachingAllocator::cachedBytes() const {
  const std::lock_guard lock(mutex_);
  return cachedBytes_;
}

}  // namespace earsight
