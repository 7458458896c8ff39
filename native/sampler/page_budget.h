// Pages of keys and values under a limit: those that there are, and those that were promised to what has begun.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "../kernels/decode/kv_cache.h"

namespace earsight::sampler {

inline int64_t pagesOf(int64_t tokens) { return (tokens + decode::kPanel - 1) / decode::kPanel; }

// Of the loop's thread; the figures of any. It outlives its pages.
class PageBudget {
 public:
  PageBudget(const decode::KvShape& shape, int64_t bytes) : shape_(shape), pages_(bytes / shape.pageBytes()), bytes_(bytes) {}
  PageBudget(const PageBudget&) = delete;
  PageBudget& operator=(const PageBudget&) = delete;

  bool hasRoom(int64_t pages) const { return living_ + promised_ + pages <= pages_; }
  int64_t bytes() const { return bytes_; }
  int64_t pageBytes() const { return shape_.pageBytes(); }
  int64_t livingBytes() const { return living_ * pageBytes(); }
  int64_t promisedBytes() const { return promised_ * pageBytes(); }
  int64_t peakBytes() const { return peak_ * pageBytes(); }

  std::shared_ptr<decode::KvPage> newPage() {
    auto page = std::make_unique<decode::KvPage>(shape_);
    ++living_;
    // Deletes the page also where there is no memory for its count.
    return {page.release(), [this](decode::KvPage* old) {
              delete old;
              --living_;
            }};
  }

  // Pages that its owner may still make.
  class Promise {
   public:
    Promise() = default;
    Promise(PageBudget& budget, int64_t pages) : budget_(&budget), left_(pages) {
      budget.promised_ += pages;
      budget.peak_ = std::max<int64_t>(budget.peak_, budget.living_ + budget.promised_);
    }
    Promise(Promise&& other) noexcept : budget_(other.budget_), left_(std::exchange(other.left_, 0)) {}
    Promise& operator=(Promise&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(left_, other.left_);
      return *this;
    }
    ~Promise() { giveBack(left_); }

    std::shared_ptr<decode::KvPage> take() {
      auto page = budget_->newPage();
      giveBack(1);
      return page;
    }
    void giveBack(int64_t pages) {
      pages = std::min(pages, left_);
      left_ -= pages;
      if (budget_ != nullptr) budget_->promised_ -= pages;
    }

   private:
    PageBudget* budget_ = nullptr;
    int64_t left_ = 0;
  };

 private:
  const decode::KvShape shape_;
  const int64_t pages_, bytes_;
  std::atomic<int64_t> living_{0}, promised_{0}, peak_{0};
};

}  // namespace earsight::sampler
