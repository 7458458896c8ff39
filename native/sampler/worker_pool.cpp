#include "worker_pool.h"

#include <chrono>
#include <system_error>
#include <utility>

namespace earsight::sampler {

namespace {

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until `done` or for about 50 microseconds. -> done
template <typename Done>
bool spin(const Done& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
  do {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace

WorkerPool::WorkerPool(int workers) {
  try {
    for (int worker = 1; worker < workers; ++worker) threads_.emplace_back([this, worker] { work(worker); });
  } catch (const std::system_error&) {
    // The system gives no more threads: work goes on with those that there are.
  }
  parallel_ = {static_cast<int>(threads_.size()) + 1,
               [this](int count, const std::function<void(int)>& body) { run(count, body); }};
}

WorkerPool::~WorkerPool() {
  ends_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::run(int workers, const std::function<void(int)>& body) {
  body_ = &body;
  active_ = workers;
  busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  std::exception_ptr own;
  try {
    body(0);
  } catch (...) {
    own = std::current_exception();
  }
  const auto isDone = [this] { return busy_.load(std::memory_order_acquire) == 0; };
  while (!spin(isDone)) {
    if (const int left = busy_.load(std::memory_order_acquire); left != 0) busy_.wait(left);
  }
  const std::exception_ptr other = std::exchange(failure_, nullptr);
  if (own) std::rethrow_exception(own);
  if (other) std::rethrow_exception(other);
}

void WorkerPool::work(int worker) {
  uint32_t seen = 0;
  while (true) {
    const auto isNext = [&] { return round_.load(std::memory_order_acquire) != seen; };
    while (!spin(isNext)) round_.wait(seen);
    seen = round_.load(std::memory_order_acquire);
    if (ends_) return;
    if (worker < active_) {
      try {
        (*body_)(worker);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
      }
    }
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace earsight::sampler
