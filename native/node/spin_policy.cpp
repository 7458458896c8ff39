#include "spin_policy.h"

#include <algorithm>

namespace earsight {

namespace {

// Whether other processes took at least a sixth of the time that this one needed. It needed the time that its threads
// ran and waited. Others can have taken at most the time of the cores in which it did not run. (Node's helper threads
// run a third of a core during training: they wait on cores that the process fills itself, which shows no load of
// others.) One thread alone has no team to wait for.
bool contended(const LoadSample& sample) {
  if (sample.threads < 2) return false;
  const int64_t taken = std::min(sample.wait, sample.cores * sample.interval - sample.run);
  return taken * 6 >= sample.run + sample.wait;
}

}  // namespace

bool SpinPolicy::next(const LoadSample& sample) {
  inState_ += sample.interval;
  if (sleep_) {
    if (inState_ >= hold_) {
      sleep_ = false;
      inState_ = 0;
      contended_ = 0;
    }
    return sleep_;
  }
  contended_ = contended(sample) ? contended_ + 1 : 0;
  if (contended_ == kContendedSamples) {
    hold_ = inState_ < kTrial ? std::min(2 * hold_, kLongestHold) : kFirstHold;
    sleep_ = true;
    inState_ = 0;
  }
  return sleep_;
}

}  // namespace earsight
