// Caches large blocks of host memory that are deallocated, for the next allocation of the same size. Without torch.
//
// A new block of tens of megabytes costs a page fault and a clearing for each of its pages, which is measurable in attention
// over small windows and in its backward. Training allocates results of the same few sizes in every step.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>

namespace earsight {

class CachingAllocator {
 public:
  // limit: the most bytes to cache; above it the oldest blocks are freed.
  explicit CachingAllocator(std::size_t limit) : limit_(limit) {}
  ~CachingAllocator() { release(); }
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  // Aligned to a huge page, contents undefined; null where there is no memory. Deallocate with the same number of bytes.
  void* allocate(std::size_t bytes);
  void deallocate(void* data, std::size_t bytes);

  // Frees all cached blocks.
  void release();
  std::size_t cachedBytes() const;

 private:
  struct Block {
    std::size_t bytes;
    void* data;
  };

  mutable std::mutex mutex_;
  std::deque<Block> cached_;  // the oldest first
  std::size_t cachedBytes_ = 0;
  const std::size_t limit_;
};

}  // namespace earsight
