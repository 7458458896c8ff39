// Threads that wait for their OpenMP team: they spin while the machine is quiet and sleep while cores are shared.
//
// libgomp spins for milliseconds before a waiting thread sleeps, but for a microsecond only while the process has
// more OpenMP threads than cores. So a second, idle team is started when spinning has to stop, and ended when it may
// go on. Only the time of waiting changes: the sizes of teams and the bits of results stay.
//
// A watching thread measures the process every 20 ms while operators run, and sleeps while none do. spin_policy.h
// decides. All of this exists once a process, not once a JavaScript environment.
#pragma once

#include <atomic>

namespace earsight {

// Starts the watching thread, once a process. `never`: waiting threads always sleep, and no thread watches. Returns
// null, or why this system leaves waiting threads to their OpenMP runtime.
const char* startSpinning(bool never);

// Whether waiting threads sleep now.
bool waitingSleeps();

// Whether this process can start `count` more threads now. (libgomp ends the process when a start fails.)
bool canStartThreads(int count);

// True while the watching thread sleeps.
inline std::atomic<bool> watcherSleeps{false};
void wakeWatcher();

// Called by every hot entry point.
inline void noteOperator() {
  if (watcherSleeps.load(std::memory_order_relaxed)) [[unlikely]] wakeWatcher();
}

}  // namespace earsight
