// A task's working memory: uninitialised, aligned to a cache line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace {

template <typename X>
class Buffer {
 public:
  explicit Buffer(int64_t count)
      : data_(static_cast<X*>(::operator new(static_cast<size_t>(count) * sizeof(X), kAlign))) {}
  X* get() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlign{64};
  struct Free {
    void operator()(X* data) const { ::operator delete(data, kAlign); }
  };
  std::unique_ptr<X, Free> data_;
};

}  // namespace
