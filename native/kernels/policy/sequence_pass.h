// The pass over one sequence: its sums where they are needed before any token (sequence ratios, sequence weights), then
// its tokens tile by tile, then what flows back through a sequence's ratio. Included by one translation unit for each
// instruction set.
#pragma once

#include "sums.h"
#include "tile.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

template <class T>
class Sequence {
 public:
  Sequence(const PolicyBatch<T>& batch, const PolicySettings& settings, int64_t index, PolicySums& sums)
      : batch_(batch),
        settings_(settings),
        index_(index),
        begin_(batch.offsets[index]),
        end_(batch.offsets[index + 1]),
        count_(static_cast<double>(batch.counts[index] > 1 ? batch.counts[index] : 1)),
        weight_(settings.tokenWeight / (settings.perSequence ? count_ : 1)),
        low_(static_cast<T>(1 - settings.epsilonLow)),
        high_(static_cast<T>(1 + settings.epsilonHigh)),
        sums_(sums) {}

  void run() {
    if (ratioOfSequence() || weightOfSequence()) sumTokens();
    double loss = 0;
    for (int64_t at = begin_; at < end_; at += kTile) loss += runTile(at);
    sums_.loss += loss * weight_;
    if (ratioOfSequence() && settings_.level != Level::kSequenceToken) flowThroughRatio();
    finishMetrics();
  }

 private:
  bool geometric() const { return settings_.form == Form::kGeometricMean; }
  bool ratioOfSequence() const { return settings_.level != Level::kToken || geometric(); }
  bool weightOfSequence() const {
    return settings_.form == Form::kGamma || (corrected() && settings_.correctSequences) ||
           settings_.offPolicyThreshold < kInfinity;
  }
  bool corrected() const { return settings_.correction != Correction::kNone && batch_.sampler != nullptr; }
  // Of a loss that weighs logp by a constant, no gradient flows through the ratio.
  bool weighsLogp() const {
    switch (settings_.form) {
      case Form::kCispo:
      case Form::kCispoRelative:
      case Form::kDppoTv:
      case Form::kDppoKl:
      case Form::kGamma:
      case Form::kPlain: return true;
      default: return false;
    }
  }

  // What every stage starts from.
  struct Inputs {
    Tile<T> tile;
    alignas(64) TileArray<T> logp, old, logRatio, advantage;

    Inputs(const Sequence& sequence, int64_t at) : tile(sequence.batch_, at, sequence.end_) {
      const PolicyBatch<T>& batch = sequence.batch_;
      tile.loadLogp(logp, batch.logp);
      tile.loadLogp(old, batch.old == nullptr ? batch.logp : batch.old);
      fill(logRatio, tile.size, [&](int t) { return logp[t] - old[t]; });
      tile.loadAdvantages(advantage, sequence.index_);
    }

    // old - sampler; a token that the sampler could not score (NaN) has no difference.
    void samplerDifferences(T* out) const {
      tile.loadLogp(out, tile.batch.sampler);
      fill(out, tile.size, [&](int t) { return out[t] == out[t] ? old[t] - out[t] : T(0); });
    }
  };

  // The log-ratio as the geometric mean counts it: clipped on the side to which A pushes.
  T clippedLogRatio(T logRatio, T advantage) const {
    const T low = static_cast<T>(-settings_.epsilonLow), high = static_cast<T>(settings_.epsilonHigh);
    return advantage < T(0) ? atLeast(logRatio, low) : atMost(logRatio, high);
  }

  T boundedWeight(T weight) const {
    const T least = static_cast<T>(settings_.correctionMin), most = static_cast<T>(settings_.correctionMax);
    if (settings_.correction == Correction::kTruncate) return clamped(weight, least, most);
    return weight < least || weight > most ? T(0) : weight;
  }

  void sumTokens() {
    double ratio = 0, correction = 0, drift = 0, logCorrection = 0;
    alignas(64) TileArray<T> difference;
    for (int64_t at = begin_; at < end_; at += kTile) {
      const Inputs in(*this, at);
      const int size = in.tile.size;
      if (geometric()) {
        ratio += sumOf<T>(size, [&](int t) { return clippedLogRatio(in.logRatio[t], in.advantage[t]); });
      } else if (settings_.form == Form::kGamma) {
        ratio += sumOf<T>(size, [&](int t) { return boundedLogRatio(in.logRatio[t]); });
      } else {
        ratio += sumOf<T>(size, [&](int t) { return in.logRatio[t]; });
      }
      drift -= sumOf<T>(size, [&](int t) { return in.logRatio[t]; });
      if (batch_.sampler == nullptr) continue;
      in.samplerDifferences(difference);
      correction += sumOf<T>(size, [&](int t) { return difference[t]; });
      if (settings_.form == Form::kGamma && corrected()) {
        for (int t = 0; t < in.tile.count; ++t) {
          if (in.tile.use[t] == T(0)) continue;
          const double bounded = boundedWeight(exponential(boundedLogRatio(difference[t])));
          logCorrection += bounded > kLeastWeight ? log(bounded) : log(kLeastWeight);
        }
      }
    }
    meanLogRatio_ = ratio / count_;
    // OPSM measures from the policy that sampled (DeepSeek-V3.2, arXiv 2512.02556).
    offPolicy_ = (drift - correction) / count_ > settings_.offPolicyThreshold;
    if (corrected() && settings_.correctSequences) {
      const double exponent = settings_.correctionOfMean ? correction / count_ : correction;
      correction_ = boundedWeight(static_cast<T>(exp(boundedLogRatio(exponent))));
    }
    if (settings_.form == Form::kGamma) {
      const double logW = clamped(ratio + logCorrection, log(kLeastWeight), kMaxLogRatio);
      phiPositive_ = static_cast<T>(gammaWeight(logW, settings_.gammaKPositive, settings_.gammaLambdaPositive));
      phiNegative_ = static_cast<T>(gammaWeight(logW, settings_.gammaKNegative, settings_.gammaLambdaNegative));
    }
  }

  // Returns the sum of the tile's losses.
  double runTile(int64_t at) {
    const Inputs in(*this, at);
    const int size = in.tile.size;
    alignas(64) TileArray<T> ratio, loss, direct, slope, keep, correction;
    if (ratioOfSequence()) {
      const T value = static_cast<T>(exp(boundedLogRatio(meanLogRatio_)));
      fill(ratio, size, [&](int) { return value; });
    } else if (batch_.old == nullptr) {
      fill(ratio, size, [](int) { return T(1); });
    } else {
      fill(ratio, size, [&](int t) { return exponential(boundedLogRatio(in.logRatio[t])); });
    }
    if (weighsLogp()) {
      policyTerms(in, ratio, loss, direct);
      fill(slope, size, [](int) { return T(0); });
    } else {
      policyTerms(in, ratio, loss, slope);
      fill(direct, size, [](int) { return T(0); });
    }
    keepTokens(in, keep);
    correctTokens(in, correction);
    if (filtered() || corrected()) {
      fill(loss, size, [&](int t) { return loss[t] * keep[t] * correction[t]; });
      fill(direct, size, [&](int t) { return direct[t] * keep[t] * correction[t]; });
      fill(slope, size, [&](int t) { return slope[t] * keep[t] * correction[t]; });
    }
    if (batch_.ref != nullptr) addKl(in, ratio, correction, loss, direct, slope);
    if (batch_.entropy != nullptr) addEntropy(in);
    if (settings_.level == Level::kSequence || geometric()) {
      slopeOfRatio_ += sumOf<T>(size, [&](int t) { return slope[t]; });
      fill(slope, size, [](int) { return T(0); });
    } else if (settings_.level == Level::kToken) {
      fill(slope, size, [&](int t) { return boundedLogRatio(in.logRatio[t]) == in.logRatio[t] ? slope[t] : T(0); });
    }
    if (batch_.gradLogp != nullptr) {
      const T weight = static_cast<T>(weight_);
      T* out = batch_.gradLogp + at;
      for (int t = 0; t < in.tile.count; ++t) {
        out[t] = in.tile.use[t] != T(0) ? (direct[t] + slope[t]) * weight : T(0);
      }
    }
    return sumOf<T>(size, [&](int t) { return loss[t]; });
  }

  void policyTerms(const Inputs& in, const T* r, T* loss, T* slope) {
    const PolicySettings& s = settings_;
    const T delta = static_cast<T>(s.delta), high = static_cast<T>(s.epsilonHigh), low = static_cast<T>(s.epsilonLow);
    const auto each = [&](const auto& term) {
      for (int t = 0; t < in.tile.size; ++t) {
        const Term<T> one = term(r[t], in.advantage[t], in.logp[t], t);
        loss[t] = one.loss;
        slope[t] = one.slope;
      }
    };
    switch (s.form) {
      case Form::kClipped: {
        const T dual = static_cast<T>(s.dualClip), from = low_, to = high_;
        each([=](T ratio, T a, T, int) { return clippedTerm(ratio, a, from, to, delta, dual); });
        countClipped(in, [=](T ratio, int) { return ratio < from; }, [=](T ratio, int) { return ratio > to; }, r);
        return;
      }
      case Form::kGeometricMean:
        each([](T ratio, T a, T, int) { return Term<T>{-ratio * a, -ratio * a}; });
        countClipped(in, [&](T, int t) { return in.logRatio[t] < -low; }, [&](T, int t) { return in.logRatio[t] > high; }, r);
        return;
      case Form::kSoft: {
        const T positive = static_cast<T>(s.softTauPositive), negative = static_cast<T>(s.softTauNegative);
        each([=](T ratio, T a, T, int) { return softTerm(ratio, a, positive, negative); });
        return;
      }
      case Form::kCispo:
        each([=](T ratio, T a, T logp, int) { return weighedTerm(atMost(ratio, high), a, logp); });
        countClipped(in, [](T, int) { return false; }, [=](T ratio, int) { return ratio > high; }, r);
        return;
      case Form::kCispoRelative: {
        const T from = low_, to = high_;
        each([=](T ratio, T a, T logp, int) { return weighedTerm(clamped(ratio, from, to), a, logp); });
        countClipped(in, [=](T ratio, int) { return ratio < from; }, [=](T ratio, int) { return ratio > to; }, r);
        return;
      }
      case Form::kDppoTv:
      case Form::kDppoKl: {
        const auto tooFar = [&](int t) {
          const T p = exponential(in.logp[t]), pOld = exponential(in.old[t]), a = in.advantage[t];
          return s.form == Form::kDppoTv ? movedTooFarTv(p, pOld, a, low, high)
                                         : movedTooFarKl(p, pOld, in.logp[t], in.old[t], a, low, high);
        };
        each([&](T ratio, T a, T logp, int t) { return weighedTerm(tooFar(t) ? T(0) : atMost(ratio, delta), a, logp); });
        countClipped(in, [&](T, int t) { return tooFar(t); }, [&](T, int t) { return tooFar(t); }, r);
        return;
      }
      case Form::kGamma: {
        const T positive = phiPositive_, negative = phiNegative_;
        each([=](T, T a, T logp, int) { return weighedTerm(a >= T(0) ? positive : negative, a, logp); });
        if (!batch_.advantagePerToken && begin_ < end_) {
          sums_.phi += in.tile.at == begin_ ? (batch_.advantages[index_] >= T(0) ? positive : negative) : T(0);
          sums_.phiCount += in.tile.at == begin_ ? 1 : 0;
        } else {
          sums_.phi += sumOf<T>(in.tile.size, [&](int t) {
            return in.tile.use[t] * (in.advantage[t] >= T(0) ? positive : negative);
          });
          sums_.phiCount += sumOf<T>(in.tile.size, [&](int t) { return in.tile.use[t]; });
        }
        return;
      }
      case Form::kPlain:
        each([](T, T a, T logp, int) { return weighedTerm(T(1), a, logp); });
        return;
    }
  }

  // Tokens past the lower bound with A < 0, past the upper with A > 0.
  template <class Low, class High>
  void countClipped(const Inputs& in, const Low& low, const High& high, const T* r) {
    const T* a = in.advantage;
    const int size = in.tile.size;
    alignas(64) TileArray<T> past;
    // One comparison a loop: GCC 12 vectorises a sum over two joined ones wrongly for double.
    fill(past, size, [&](int t) { return low(r[t], t) ? T(1) : T(0); });
    clipLow_ += sumOf<T>(size, [&](int t) { return a[t] < T(0) ? past[t] : T(0); });
    fill(past, size, [&](int t) { return high(r[t], t) ? T(1) : T(0); });
    clipHigh_ += sumOf<T>(size, [&](int t) { return a[t] > T(0) ? past[t] : T(0); });
  }

  bool filtered() const { return offPolicy_ || settings_.entropyThreshold > -kInfinity; }

  // 0 for tokens whose policy term is dropped: of low entropy, or pushed down in a sequence that is off-policy.
  void keepTokens(const Inputs& in, T* keep) const {
    const int size = in.tile.size;
    fill(keep, size, [](int) { return T(1); });
    if (offPolicy_) fill(keep, size, [&](int t) { return in.advantage[t] < T(0) ? T(0) : keep[t]; });
    if (settings_.entropyThreshold > -kInfinity) {
      alignas(64) TileArray<T> entropy;
      in.tile.load(entropy, batch_.entropy);
      const T threshold = static_cast<T>(settings_.entropyThreshold);
      fill(keep, size, [&](int t) { return entropy[t] >= threshold ? keep[t] : T(0); });
    }
  }

  void correctTokens(const Inputs& in, T* correction) {
    const int size = in.tile.size;
    // VESPO has folded it into its weight.
    const T whole = settings_.form == Form::kGamma ? T(1) : correction_;
    fill(correction, size, [=](int) { return whole; });
    if (batch_.sampler == nullptr) return;
    alignas(64) TileArray<T> difference;
    in.samplerDifferences(difference);
    alignas(64) TileArray<T> one;  // what is folded: GCC 12 makes vectors of a fold only without a choice in it
    fill(one, size, [&](int t) { return difference[t] < T(0) ? -difference[t] : difference[t]; });
    sums_.difference += sumOf<T>(size, [&](int t) { return one[t]; });
    const double most = greatestOf<T>(size, [&](int t) { return one[t]; });
    sums_.differenceMax = most > sums_.differenceMax ? most : sums_.differenceMax;
    const T* use = in.tile.use;
    in.tile.load(one, batch_.sampler);
    fill(one, size, [&](int t) { return one[t] == one[t] ? use[t] : T(0); });
    sums_.differenceCount += sumOf<T>(size, [&](int t) { return one[t]; });
    if (!corrected() || settings_.correctSequences) return;
    alignas(64) TileArray<T> weight;
    fill(weight, size, [&](int t) { return boundedWeight(exponential(boundedLogRatio(difference[t]))); });
    fill(one, size, [&](int t) { return use[t] != T(0) ? weight[t] : T(kInfinity); });
    const double least = leastOf<T>(size, [&](int t) { return one[t]; });
    fill(one, size, [&](int t) { return use[t] != T(0) ? weight[t] : T(-kInfinity); });
    const double largest = greatestOf<T>(size, [&](int t) { return one[t]; });
    sums_.correctionMin = least < sums_.correctionMin ? least : sums_.correctionMin;
    sums_.correctionMax = largest > sums_.correctionMax ? largest : sums_.correctionMax;
    sums_.correction += sumOf<T>(size, [&](int t) { return use[t] * weight[t]; });
    sums_.correctionCount += sumOf<T>(size, [&](int t) { return use[t]; });
    if (settings_.form != Form::kGamma) fill(correction, size, [&](int t) { return weight[t]; });
  }

  void addKl(const Inputs& in, const T* ratio, const T* correction, T* loss, T* direct, T* slope) {
    switch (settings_.kl) {
      case KlEstimator::k1: return addKl<KlEstimator::k1>(in, ratio, correction, loss, direct, slope);
      case KlEstimator::k2: return addKl<KlEstimator::k2>(in, ratio, correction, loss, direct, slope);
      case KlEstimator::k3: return addKl<KlEstimator::k3>(in, ratio, correction, loss, direct, slope);
      case KlEstimator::kAbs: return addKl<KlEstimator::kAbs>(in, ratio, correction, loss, direct, slope);
    }
  }

  template <KlEstimator estimator>
  void addKl(const Inputs& in, const T* ratio, const T* correction, T* loss, T* direct, T* slope) {
    const int size = in.tile.size;
    alignas(64) TileArray<T> ref, value, derivative;
    in.tile.loadLogp(ref, batch_.ref);
    for (int t = 0; t < size; ++t) {
      const Term<T> kl = klTerm<estimator>(ref[t] - in.logp[t]);
      value[t] = kl.loss;
      derivative[t] = kl.slope;
    }
    sums_.kl += sumOf<T>(size, [&](int t) { return value[t]; });
    const T beta = static_cast<T>(settings_.beta);
    if (beta == T(0)) return;
    if (settings_.correctKl) {
      fill(value, size, [&](int t) { return value[t] * correction[t]; });
      fill(derivative, size, [&](int t) { return derivative[t] * correction[t]; });
    }
    if (settings_.klTimesRatio) {
      // A clipped mean over the sequence is no importance ratio: there each token has its own.
      alignas(64) TileArray<T> own;
      if (geometric()) {
        fill(own, size, [&](int t) { return exponential(boundedLogRatio(in.logRatio[t])); });
        ratio = own;
      }
      fill(value, size, [&](int t) { return value[t] * ratio[t]; });
      fill(derivative, size, [&](int t) { return derivative[t] * ratio[t]; });
      if (geometric()) {
        fill(derivative, size, [&](int t) {
          return boundedLogRatio(in.logRatio[t]) == in.logRatio[t] ? derivative[t] + value[t] : derivative[t];
        });
      } else {
        fill(slope, size, [&](int t) { return slope[t] + beta * value[t]; });
      }
    }
    fill(loss, size, [&](int t) { return loss[t] + beta * value[t]; });
    fill(direct, size, [&](int t) { return direct[t] + beta * derivative[t]; });
  }

  void addEntropy(const Inputs& in) {
    alignas(64) TileArray<T> entropy;
    in.tile.load(entropy, batch_.entropy);
    sums_.entropy += sumOf<T>(in.tile.size, [&](int t) { return entropy[t]; });
    if (settings_.entropyWeight == 0) return;
    const bool some = settings_.entropyThreshold > -kInfinity;
    const T threshold = static_cast<T>(settings_.entropyThreshold);
    const T weight = static_cast<T>(-settings_.entropyWeight);
    sums_.loss -= settings_.entropyWeight *
                  sumOf<T>(in.tile.size, [&](int t) { return !some || entropy[t] >= threshold ? entropy[t] : T(0); });
    if (batch_.gradEntropy == nullptr) return;
    T* out = batch_.gradEntropy + in.tile.at;
    for (int t = 0; t < in.tile.count; ++t) {
      out[t] = in.tile.use[t] != T(0) && (!some || entropy[t] >= threshold) ? weight : T(0);
    }
  }

  // Every token of the sequence moves its ratio alike; a token that the geometric mean clips does not move it.
  void flowThroughRatio() {
    if (batch_.gradLogp == nullptr || boundedLogRatio(meanLogRatio_) != meanLogRatio_) return;
    const T share = static_cast<T>(slopeOfRatio_ / count_ * weight_);
    for (int64_t at = begin_; at < end_; at += kTile) {
      const Inputs in(*this, at);
      T* out = batch_.gradLogp + at;
      for (int t = 0; t < in.tile.count; ++t) {
        const bool flows = !geometric() || clippedLogRatio(in.logRatio[t], in.advantage[t]) == in.logRatio[t];
        out[t] += in.tile.use[t] != T(0) && flows ? share : T(0);
      }
    }
  }

  void finishMetrics() {
    const bool counted = batch_.counts[index_] > 0;
    // A sequence with one ratio counts once, however long it is.
    const bool once = settings_.level != Level::kToken;
    const double low = clipLow_ / count_, high = clipHigh_ / count_;
    sums_.clipLow += once ? low : clipLow_;
    sums_.clipHigh += once ? high : clipHigh_;
    sums_.clipCount += once ? 1 : static_cast<double>(batch_.counts[index_]);
    if (counted) {
      sums_.clipLowMin = low < sums_.clipLowMin ? low : sums_.clipLowMin;
      sums_.clipHighMax = high > sums_.clipHighMax ? high : sums_.clipHighMax;
    }
    if (corrected() && settings_.correctSequences) {
      const double weight = correction_;
      sums_.correction += weight;
      sums_.correctionCount += 1;
      sums_.correctionMin = weight < sums_.correctionMin ? weight : sums_.correctionMin;
      sums_.correctionMax = weight > sums_.correctionMax ? weight : sums_.correctionMax;
    }
  }

  static constexpr double kLeastWeight = 1e-8;

  const PolicyBatch<T>& batch_;
  const PolicySettings& settings_;
  const int64_t index_, begin_, end_;
  const double count_;   // tokens in the loss, at least 1
  const double weight_;  // of one token
  const T low_, high_;
  PolicySums& sums_;
  double meanLogRatio_ = 0, slopeOfRatio_ = 0;
  bool offPolicy_ = false;
  T correction_ = T(1), phiPositive_ = T(0), phiNegative_ = T(0);
  double clipLow_ = 0, clipHigh_ = 0;
};

template <class T>
void sequencePass(const PolicyBatch<T>& batch, const PolicySettings& settings, int64_t begin, int64_t end,
                  PolicySums& sums) {
  for (int64_t index = begin; index < end; ++index) Sequence<T>(batch, settings, index, sums).run();
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
