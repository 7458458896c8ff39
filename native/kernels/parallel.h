// The threads that a kernel may use. Kernels start none: the caller (a torch operator, a stand-alone test) passes its own
// pool.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace earsight {

struct Parallel {
  int workers = 1;
  // Calls body(0) .. body(workers - 1), in parallel where it can, and returns when all have ended. A worker stays on one
  // thread. Exceptions of the body reach the caller.
  std::function<void(int workers, const std::function<void(int worker)>& body)> run;
};

// body(task, worker) for each task 0 .. count - 1. A free worker takes the next task, so tasks of different sizes balance if
// the large ones come first. The result of a task must not depend on its worker.
template <typename Body>
void forEachTask(const Parallel& parallel, int64_t count, const Body& body) {
  const int workers = static_cast<int>(count < parallel.workers ? count : parallel.workers);
  if (workers <= 1) {
    for (int64_t task = 0; task < count; ++task) body(task, 0);
    return;
  }
  std::atomic<int64_t> next{0};
  parallel.run(workers, [&](int worker) {
    for (int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(task, worker);
  });
}

}  // namespace earsight
