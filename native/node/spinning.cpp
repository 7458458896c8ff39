#include "spinning.h"

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__linux__) && defined(_OPENMP)
#define EARSIGHT_SPINNING
#include <dlfcn.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>

#include "spin_policy.h"
#include "thread_times.h"
#endif

namespace earsight {

bool canStartThreads(int count) {
  std::mutex mutex;
  std::vector<std::thread> threads;
  bool all = true;
  {
    std::lock_guard held(mutex);  // none ends before the last has started
    try {
      for (int i = 0; i < count; ++i) threads.emplace_back([&mutex] { std::lock_guard wait(mutex); });
    } catch (const std::exception&) {
      all = false;
    }
  }
  for (std::thread& thread : threads) thread.join();
  return all;
}

#ifdef EARSIGHT_SPINNING

namespace {

constexpr auto kPeriod = std::chrono::milliseconds(20);
constexpr int kQuietPeriods = 50;  // without a busy thread, before the watcher sleeps

std::atomic<bool> sleeping{false};

// The idle team: a thread whose OpenMP pool counts as long as the thread lives.
class IdleTeam {
 public:
  void start() {
    // Together with a team of two or more threads, this many are more than the cores.
    const int threads = std::max(2, omp_get_num_procs());
    if (thread_.joinable() || !canStartThreads(threads)) return;
    ended_ = false;
    try {
      thread_ = std::thread([this, threads] { run(threads); });
    } catch (const std::system_error&) {
      return;
    }
    sleeping.wait(false);
  }

  void end() {
    if (!thread_.joinable()) return;
    {
      std::lock_guard held(mutex_);
      ended_ = true;
    }
    changed_.notify_one();
    thread_.join();
    sleeping.store(false);
  }

 private:
  void run(int threads) {
    omp_set_dynamic(0);
#pragma omp parallel num_threads(threads)
    { std::atomic_signal_fence(std::memory_order_seq_cst); }  // an empty region would be left out
    sleeping.store(true);
    sleeping.notify_one();
    std::unique_lock held(mutex_);
    changed_.wait(held, [this] { return ended_; });
  }

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
};

// Another runtime under libgomp's name (LLVM's, Intel's) waits by rules of its own.
bool runtimeIsLibgomp() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&omp_get_num_procs), &info) == 0) return false;
  void* library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return false;
  const bool others = dlsym(library, "__kmpc_fork_call") != nullptr;
  dlclose(library);
  return !others;
}

void watch(IdleTeam& team) {
  pthread_setname_np(pthread_self(), "earsight-wait");
  ThreadTimes times;
  SpinPolicy policy;
  int quiet = 0;
  for (;;) {
    std::this_thread::sleep_for(kPeriod);
    const LoadSample sample = times.read();
    if (policy.next(sample)) {
      team.start();
    } else {
      team.end();
    }
    quiet = sample.threads > 0 ? 0 : quiet + 1;
    if (quiet < kQuietPeriods || waitingSleeps()) continue;
    watcherSleeps.store(true);
    watcherSleeps.wait(true);
    quiet = 0;
    times.read();
  }
}

const char* start(bool never) {
  if (!runtimeIsLibgomp()) return "another OpenMP runtime than libgomp";
  if (!never && omp_get_num_procs() < 2) return "one core";
  if (!never && !ThreadTimes::available()) return "no waiting times in /proc";
  // Never destroyed: its thread and the watching one run until the process has gone.
  auto* team = new IdleTeam;
  // Signals are handled by Node's threads only.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const char* failed = nullptr;
  try {
    if (never) {
      team->start();
      if (!waitingSleeps()) failed = "no further threads could be started";
    } else {
      std::thread([team] { watch(*team); }).detach();
    }
  } catch (const std::system_error&) {
    failed = "no further threads could be started";
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return failed;
}

}  // namespace

const char* startSpinning(bool never) {
  static const char* const reason = start(never);
  return reason;
}

bool waitingSleeps() { return sleeping.load(std::memory_order_relaxed); }

void wakeWatcher() {
  watcherSleeps.store(false);
  watcherSleeps.notify_one();
}

#else

const char* startSpinning(bool) { return "no libgomp"; }
bool waitingSleeps() { return false; }
void wakeWatcher() {}

#endif

}  // namespace earsight
