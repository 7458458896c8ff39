#include "thread_times.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace earsight {

namespace {

constexpr const char* kFolder = "/proc/self/task";

// "<run> <wait> <slices>". False once the thread has ended.
bool readTimes(int file, int64_t& run, int64_t& wait) {
  char text[96];
  const ssize_t length = pread(file, text, sizeof(text) - 1, 0);
  if (length <= 0) return false;
  text[length] = '\0';
  char* rest = nullptr;
  run = std::strtoll(text, &rest, 10);
  wait = std::strtoll(rest, nullptr, 10);
  return true;
}

int64_t nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{1000} * 1000 * 1000 * time.tv_sec + time.tv_nsec;
}

int usableCores() {
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace

ThreadTimes::~ThreadTimes() {
  for (const Thread& thread : threads_) close(thread.file);
}

bool ThreadTimes::available() {
  const int file = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  int64_t run = 0;
  int64_t wait = 0;
  // A kernel that does not count writes zeros.
  const bool counted = readTimes(file, run, wait) && run > 0;
  close(file);
  return counted;
}

void ThreadTimes::findThreads() {
  DIR* folder = opendir(kFolder);
  if (folder == nullptr) return;
  // The caller's own thread is no part of the work.
  const auto self = static_cast<pid_t>(syscall(SYS_gettid));
  std::vector<Thread> found;
  while (found.size() < kMostThreads) {
    const dirent* entry = readdir(folder);
    if (entry == nullptr) break;
    const auto id = static_cast<pid_t>(std::atoi(entry->d_name));
    if (id == 0 || id == self) continue;
    const auto known = std::find_if(threads_.begin(), threads_.end(), [id](const Thread& thread) { return thread.id == id; });
    if (known != threads_.end()) {
      found.push_back(*known);
      known->file = -1;
      continue;
    }
    Thread thread;
    thread.id = id;
    thread.file = openat(dirfd(folder), (std::string(entry->d_name) + "/schedstat").c_str(), O_RDONLY | O_CLOEXEC);
    if (thread.file < 0) continue;
    if (readTimes(thread.file, thread.run, thread.wait)) {
      found.push_back(thread);
    } else {
      close(thread.file);
    }
  }
  closedir(folder);
  for (const Thread& thread : threads_) {
    if (thread.file >= 0) close(thread.file);
  }
  threads_ = std::move(found);
}

LoadSample ThreadTimes::read() {
  const int64_t time = nanoseconds(CLOCK_MONOTONIC);
  const int64_t run = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  LoadSample sample;
  sample.interval = time - lastTime_;
  sample.run = run - lastRun_;
  sample.cores = usableCores();
  lastTime_ = time;
  lastRun_ = run;

  bool ended = false;
  for (Thread& thread : threads_) {
    const Thread before = thread;
    if (!readTimes(thread.file, thread.run, thread.wait)) {
      ended = true;
      continue;
    }
    const int64_t waited = thread.wait - before.wait;
    sample.wait += waited;
    if (2 * (thread.run - before.run + waited) >= sample.interval) ++sample.threads;
  }

  struct stat folder{};
  if (stat(kFolder, &folder) == 0 && (ended || folder.st_nlink != links_)) {  // the number of threads, and two
    links_ = folder.st_nlink;
    findThreads();
  }
  return sample;
}

}  // namespace earsight
