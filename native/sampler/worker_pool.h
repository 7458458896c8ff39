// Threads of one loop. Between two pieces of work a thread spins for a moment, as passes of a small model are microseconds
// apart, and sleeps after it.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "../kernels/parallel.h"

namespace earsight::sampler {

class WorkerPool {
 public:
  // The calling thread is one of them.
  explicit WorkerPool(int workers);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // For kernels that the pool's owner calls.
  const Parallel& parallel() const { return parallel_; }

 private:
  void run(int workers, const std::function<void(int)>& body);
  void work(int worker);

  std::vector<std::thread> threads_;
  Parallel parallel_;
  std::atomic<uint32_t> round_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> ends_{false};
  // Of the present round.
  const std::function<void(int)>* body_ = nullptr;
  int active_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace earsight::sampler
