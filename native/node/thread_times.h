// How long this process ran and how long its threads waited for a core, as Linux counts it
// (/proc/self/task/<thread>/schedstat).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "spin_policy.h"

namespace earsight {

class ThreadTimes {
 public:
  ThreadTimes() = default;
  ~ThreadTimes();
  ThreadTimes(const ThreadTimes&) = delete;
  ThreadTimes& operator=(const ThreadTimes&) = delete;

  // Whether this system counts waiting times.
  static bool available();

  // What happened since the last call.
  LoadSample read();

 private:
  struct Thread {
    pid_t id = 0;
    int file = -1;  // stays open: a read is then a third of the cost
    int64_t run = 0;
    int64_t wait = 0;
  };

  void findThreads();

  // With more threads, only the oldest are measured: a process has a limited number of files.
  static constexpr size_t kMostThreads = 256;

  std::vector<Thread> threads_;
  nlink_t links_ = 0;
  int64_t lastTime_ = 0;
  int64_t lastRun_ = 0;
};

}  // namespace earsight
