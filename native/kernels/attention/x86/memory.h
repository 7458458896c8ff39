// Working memory of one call: allocated once, divided into aligned pieces, not cleared.
#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdint>
#include <cstdlib>
#include <new>

namespace earsight::attention {
namespace {

constexpr int64_t kAlignment = 64;  // a cache line, and the widest vector

class Memory {
 public:
  explicit Memory(int64_t bytes) {
    const bool large = bytes >= 2 * kHugePage;
    const int64_t alignment = large ? kHugePage : kAlignment;
    const int64_t size = (bytes + alignment) / alignment * alignment;
    bytes_ = std::aligned_alloc(alignment, size);
    if (bytes_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    // Packed keys and gradients are read in long strides: huge pages avoid misses in the page tables.
    if (large) madvise(bytes_, size, MADV_HUGEPAGE);
#endif
  }
  ~Memory() { std::free(bytes_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  char* data() const { return static_cast<char*>(bytes_); }

 private:
  static constexpr int64_t kHugePage = int64_t{2} << 20;
  void* bytes_;
};

// Gives out aligned pieces of one block in order. From null it only counts, so that the same code finds the block's size.
class BumpAllocator {
 public:
  explicit BumpAllocator(char* begin) : begin_(begin) {}

  template <typename T>
  T* take(int64_t count) {
    T* piece = begin_ == nullptr ? nullptr : reinterpret_cast<T*>(begin_ + used_);
    used_ += (count * static_cast<int64_t>(sizeof(T)) + kAlignment - 1) / kAlignment * kAlignment;
    return piece;
  }
  int64_t used() const { return used_; }

 private:
  char* begin_;
  int64_t used_ = 0;
};

}  // namespace
}  // namespace earsight::attention
