// Large blocks of host memory that are kept when they are given back, for the next one of their size.
//
// A fresh block of tens of megabytes costs a fault and a clearing for each of its pages, which shows in attention over
// small windows and in its backward. Training makes results of the same few sizes again and again. Without torch.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>

namespace earsight {

class CachingAllocator {
 public:
  // limit: the most bytes that are kept; past it the blocks given back first go.
  explicit CachingAllocator(std::size_t limit) : limit_(limit) {}
  ~CachingAllocator() { release(); }
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  // Aligned to a huge page, contents undefined; null where there is no memory. Give it back with the same number of bytes.
  void* take(std::size_t bytes);
  void give(void* data, std::size_t bytes);

  // Frees what is kept.
  void release();
  std::size_t cachedBytes() const;

 private:
  struct Block {
    std::size_t bytes;
    void* data;
  };

  mutable std::mutex mutex_;
  std::deque<Block> kept_;  // the oldest first
  std::size_t keptBytes_ = 0;
  const std::size_t limit_;
};

}  // namespace earsight
