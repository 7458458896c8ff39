// Decides whether threads that wait for their team may spin. Spinning is fastest while every thread has a core of its
// own. On shared cores a spinning thread takes the time of the one that it waits for, and a region of microseconds
// lasts milliseconds; waiting threads then have to sleep at once.
#pragma once

#include <cstdint>

namespace earsight {

// What the process did during an interval. Times in nanoseconds.
struct LoadSample {
  int64_t interval = 0;
  int cores = 1;     // those that it may use
  int threads = 0;   // those that ran or waited for a core during at least half of the interval
  int64_t run = 0;   // time on a core, all threads
  int64_t wait = 0;  // time runnable without one, all threads
};

class SpinPolicy {
 public:
  // Takes the next sample. True: waiting threads have to sleep.
  //
  // Contention shows only while threads spin (a thread that sleeps waits for a core on every wake-up), so spinning is
  // tried again after a while: after kFirstHold, and after twice the time whenever a trial fails, up to kLongestHold.
  bool next(const LoadSample& sample);

  static constexpr int64_t kMillisecond = 1000 * 1000;
  static constexpr int64_t kFirstHold = 200 * kMillisecond;
  static constexpr int64_t kLongestHold = 3200 * kMillisecond;
  static constexpr int64_t kTrial = 200 * kMillisecond;
  static constexpr int kContendedSamples = 2;  // in a row

 private:
  bool sleep_ = false;
  int contended_ = 0;
  int64_t inState_ = kTrial;  // nanoseconds since the last change
  int64_t hold_ = kFirstHold;
};

}  // namespace earsight
