// Threads that wait for their OpenMP team: they spin while the machine is quiet and sleep while cores are shared.
//
// libgomp spins for milliseconds before a waiting thread sleeps, but for a microsecond only while the process has more
// OpenMP threads than cores. So a second, idle team is started when spinning has to stop, and ended when it may go on.
// Nothing but the time of waiting changes: teams keep their sizes, results their bits.
//
// A thread of its own looks at the process every 20 ms while operators run (spin_policy.h says what follows from it),
// and sleeps when none do. All of it serves the process, not one JavaScript environment, and lives as long as it.
#pragma once

#include <atomic>

namespace earsight {

// Starts it once a process. `never`: waiting threads always sleep, nobody looks. Returns null, or why this system leaves
// waiting threads to their OpenMP runtime.
const char* startSpinning(bool never);

// Whether waiting threads sleep now.
bool waitingSleeps();

// Whether this process can have so many more threads now. (libgomp ends the process when it cannot.)
bool canStartThreads(int count);

// True while the watching thread sleeps.
inline std::atomic<bool> watcherSleeps{false};
void wakeWatcher();

// Called by every hot entry point.
inline void noteOperator() {
  if (watcherSleeps.load(std::memory_order_relaxed)) [[unlikely]] wakeWatcher();
}

}  // namespace earsight
