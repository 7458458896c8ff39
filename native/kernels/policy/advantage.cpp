#include "advantage.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace earsight::policy {

namespace {

struct Statistics {
  double count = 0, mean = 0, deviation = 0;
  bool differ = false;  // at least two values that are not the same
};

// Of the values that are not NaN, each counted `times(i)` times. The deviation of equal values is exactly 0, which
// rounding in the mean could hide.
template <class Value, class Times>
Statistics statisticsOf(int64_t begin, int64_t end, bool unbiased, const Value& value, const Times& times) {
  double count = 0, sum = 0, first = 0;
  bool seen = false, differ = false;
  for (int64_t i = begin; i < end; ++i) {
    const double x = value(i);
    if (x != x || times(i) == 0) continue;
    differ |= seen && x != first;
    first = seen ? first : x;
    seen = true;
    count += times(i);
    sum += x * times(i);
  }
  Statistics statistics{count, count > 0 ? sum / count : 0, 0, differ};
  const double degrees = unbiased ? count - 1 : count;
  if (!differ || degrees <= 0) return statistics;
  double squares = 0;
  for (int64_t i = begin; i < end; ++i) {
    const double distance = value(i) - statistics.mean;
    if (distance == distance) squares += distance * distance * times(i);
  }
  statistics.deviation = std::sqrt(squares / degrees);
  return statistics;
}

double once(int64_t) { return 1; }

// A task is long enough to be worth a thread; no sum crosses from one to another.
constexpr int64_t kCompletionsATask = 4096, kGroupsATask = 512;

// body(begin, end) over pieces of 0 .. count.
template <class Body>
void forEachPiece(const Parallel& parallel, int64_t count, int64_t piece, const Body& body) {
  forEachTask(parallel, (count + piece - 1) / piece,
              [&](int64_t task, int) { body(task * piece, std::min(count, (task + 1) * piece)); });
}

class Advantages {
 public:
  Advantages(const AdvantageInput& input, const AdvantageSettings& settings, double* out, const Parallel& parallel)
      : in_(input),
        settings_(settings),
        out_(out),
        parallel_(parallel),
        total_(input.completions),
        compared_(input.completions) {}

  void run() {
    if (settings_.mode == AdvantageMode::kNormalizeThenSum) {
      forEachGroup([&](int64_t begin, int64_t end) { normalizeEachReward(begin, end); });
      whiten([&](const Statistics& all) { return all.deviation + settings_.batchEps; });
      return;
    }
    forEachPiece(parallel_, in_.completions, kCompletionsATask,
                 [&](int64_t begin, int64_t end) { sumRewards(begin, end); });
    const auto value = [&](int64_t i) { return total_[i]; };
    if (settings_.mode == AdvantageMode::kBatch) all_ = statisticsOf(0, in_.completions, settings_.unbiased, value, once);
    forEachGroup([&](int64_t begin, int64_t end) {
      runGroup(begin, end, statisticsOf(begin, end, settings_.unbiased, value, once));
    });
    if (settings_.mode == AdvantageMode::kReinforcePlusPlusBaseline) {
      for (int64_t i = 0; i < in_.completions; ++i) total_[i] = total_[i] == total_[i] ? out_[i] : NAN;
      whiten([&](const Statistics& all) { return std::sqrt(all.deviation * all.deviation + settings_.eps); });
    }
  }

 private:
  double weight(int64_t k) const { return in_.weights == nullptr ? 1 : in_.weights[k]; }

  // body(begin, end) with the completions of each group.
  template <class Body>
  void forEachGroup(const Body& body) const {
    forEachPiece(parallel_, in_.groups, kGroupsATask, [&](int64_t first, int64_t last) {
      for (int64_t g = first; g < last; ++g) body(in_.offsets[g], in_.offsets[g + 1]);
    });
  }

  // NaN where no reward that has a weight scored the completion.
  void sumRewards(int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double sum = 0;
      bool scored = false;
      for (int64_t k = 0; k < in_.rewards; ++k) {
        const double reward = in_.values[i * in_.rewards + k];
        if (reward != reward || weight(k) == 0) continue;
        sum += weight(k) * reward;
        scored = true;
      }
      total_[i] = scored ? sum : NAN;
    }
  }

  void runGroup(int64_t begin, int64_t end, const Statistics& group) {
    for (int64_t i = begin; i < end; ++i) {
      out_[i] = 0;
      compared_[i] = group.differ;
    }
    if (!group.differ) return;
    if (settings_.mode == AdvantageMode::kPassAtK) return rewardBest(begin, end, group);
    const double baseline = settings_.mode == AdvantageMode::kLengthBaseline ? lengthMean(begin, end) : group.mean;
    const double factor = settings_.mode == AdvantageMode::kLeaveOneOut ? group.count / (group.count - 1)
                          : settings_.mode == AdvantageMode::kGroup     ? 1 / (group.deviation + settings_.eps)
                          : settings_.mode == AdvantageMode::kBatch     ? 1 / (all_.deviation + settings_.eps)
                                                                        : 1;
    for (int64_t i = begin; i < end; ++i) {
      if (total_[i] == total_[i]) out_[i] = (total_[i] - baseline) * factor;
    }
  }

  double lengthMean(int64_t begin, int64_t end) const {
    return statisticsOf(begin, end, true, [&](int64_t i) { return total_[i]; },
                     [&](int64_t i) { return static_cast<double>(in_.lengths[i]); }).mean;
  }

  void rewardBest(int64_t begin, int64_t end, const Statistics& group) {
    int64_t best = -1;
    double second = -INFINITY;
    for (int64_t i = begin; i < end; ++i) {
      if (total_[i] != total_[i]) continue;
      if (best < 0 || total_[i] > total_[best]) {
        second = best < 0 ? second : total_[best];
        best = i;
      } else if (total_[i] > second) {
        second = total_[i];
      }
    }
    out_[best] = (total_[best] - second) / (group.deviation + settings_.eps);
  }

  void normalizeEachReward(int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) total_[i] = NAN;
    bool differ = false;
    for (int64_t k = 0; k < in_.rewards; ++k) {
      if (weight(k) == 0) continue;
      const auto value = [&](int64_t i) { return in_.values[i * in_.rewards + k]; };
      const Statistics reward = statisticsOf(begin, end, settings_.unbiased, value, once);
      differ |= reward.differ;
      for (int64_t i = begin; i < end; ++i) {
        if (value(i) != value(i)) continue;
        if (total_[i] != total_[i]) total_[i] = 0;
        if (reward.deviation == 0) continue;
        total_[i] += weight(k) * (value(i) - reward.mean) / (reward.deviation + settings_.eps);
      }
    }
    for (int64_t i = begin; i < end; ++i) compared_[i] = differ;
  }

  // total -> out by mean and deviation of the whole batch; a completion whose group shows no difference stays at 0.
  template <class Scale>
  void whiten(const Scale& scale) {
    const Statistics all = statisticsOf(0, in_.completions, settings_.unbiased, [&](int64_t i) { return total_[i]; },
                                  [&](int64_t i) { return in_.lengths == nullptr ? 1.0 : static_cast<double>(in_.lengths[i]); });
    for (int64_t i = 0; i < in_.completions; ++i) {
      const bool counts = compared_[i] && total_[i] == total_[i] && all.deviation > 0;
      out_[i] = counts ? (total_[i] - all.mean) / scale(all) : 0;
    }
  }

  const AdvantageInput& in_;
  const AdvantageSettings& settings_;
  double* out_;
  const Parallel& parallel_;
  std::vector<double> total_;   // R, z or c; NaN: not scored
  std::vector<char> compared_;  // whether the rewards of the completion's group differ
  Statistics all_;
};

}  // namespace

void groupAdvantage(const AdvantageInput& input, const AdvantageSettings& settings, double* out,
                    const Parallel& parallel) {
  Advantages(input, settings, out, parallel).run();
}

}  // namespace earsight::policy
