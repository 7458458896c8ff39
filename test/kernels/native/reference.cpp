#include "reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace earsight::attention {

namespace {

struct Row {
  int64_t q0, q1, k0, k1, parent, causal, window, gate;
};

Row nodeRow(const Case& input, int64_t node) {
  const int64_t* x = input.nodes.data() + node * 8;
  return {x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]};
}

std::vector<int64_t> visibleKeys(const Case& input, int64_t node, int64_t query) {
  std::vector<int64_t> path;
  for (int64_t b = node; b >= 0; b = nodeRow(input, b).parent) path.insert(path.begin(), b);
  const Row self = nodeRow(input, node);
  int64_t length = 0;
  for (const int64_t b : path) length += nodeRow(input, b).k1 - nodeRow(input, b).k0;
  const int64_t here = length - (self.q1 - query);
  const int m = input.queryModality.empty() ? 0 : input.queryModality[query];
  const auto allowed = static_cast<uint64_t>(self.gate) >> (8 * m) & 0xff;
  std::vector<int64_t> keys;
  int64_t there = 0;
  for (const int64_t b : path) {
    for (int64_t key = nodeRow(input, b).k0; key < nodeRow(input, b).k1; ++key, ++there) {
      if (b == node && self.causal && there > here) continue;
      const int64_t distance = self.causal ? here - there : std::abs(here - there);
      if (self.window >= 0 && distance > self.window) continue;
      const int modality = input.modality.empty() ? 0 : input.modality[key];
      if (allowed >> modality & 1) keys.push_back(key);
    }
  }
  return keys;
}

Array zeros(int64_t rows, int64_t heads, int64_t width) {
  return {rows, heads, width, std::vector<double>(rows * heads * width)};
}

// Each row rotated by its angles, times sign.
Array rotated(const Array& x, const Array& angles, double sign) {
  if (angles.rows == 0) return x;
  Array y = x;
  const int64_t half = x.width / 2;
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t h = 0; h < x.heads; ++h) {
      for (int64_t d = 0; d < half; ++d) {
        // Kernels take the tables as floats.
        const double c = static_cast<float>(std::cos(angles.row(r, 0)[d]));
        const double s = sign * static_cast<float>(std::sin(angles.row(r, 0)[d]));
        const double x1 = x.row(r, h)[d], x2 = x.row(r, h)[half + d];
        y.row(r, h)[d] = x1 * c - x2 * s;
        y.row(r, h)[half + d] = x2 * c + x1 * s;
      }
    }
  }
  return y;
}

double dot(const double* a, const double* b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

double square(double x) { return x * x; }

class ReferencePass {
 public:
  ReferencePass(const Case& input, bool roundRotated)
      : in_(input),
        q_(rotated(input.q, input.angles, 1)),
        k_(rotated(input.k, input.keyAngles, 1)),
        dq_(zeros(q_.rows, q_.heads, q_.width)),
        dk_(zeros(k_.rows, k_.heads, k_.width)) {
    for (Array* x : {&q_, &k_}) {
      for (double& value : x->values) value = roundRotated ? rounded(value, input.shape.element) : value;
    }
    result_.out = zeros(q_.rows, q_.heads, in_.v.width);
    result_.mass = zeros(q_.rows, q_.heads, 8);
    result_.lse.assign(q_.rows * q_.heads, -std::numeric_limits<double>::infinity());
    result_.dv = zeros(k_.rows, k_.heads, in_.v.width);
  }

  Reference run() {
    const auto count = static_cast<int64_t>(in_.nodes.size()) / 8;
    for (int64_t node = 0; node < count; ++node) {
      const Row row = nodeRow(in_, node);
      for (int64_t query = row.q0; query < row.q1; ++query) {
        const auto keys = visibleKeys(in_, node, query);
        if (keys.empty()) continue;
        for (int64_t head = 0; head < q_.heads; ++head) runRow(query, head, keys);
      }
    }
    result_.dq = rotated(dq_, in_.angles, -1);
    result_.dk = rotated(dk_, in_.keyAngles, -1);
    return std::move(result_);
  }

 private:
  int modalityOf(int64_t key) const { return in_.modality.empty() ? 0 : in_.modality[key]; }

  void runRow(int64_t i, int64_t h, const std::vector<int64_t>& keys) {
    const int64_t kh = h / (q_.heads / k_.heads), dv = in_.v.width;
    std::vector<double> weights;
    for (const int64_t j : keys) weights.push_back(in_.scale * dot(q_.row(i, h), k_.row(j, kh), q_.width));
    const double most = *std::max_element(weights.begin(), weights.end());
    if (most == -std::numeric_limits<double>::infinity() &&
        std::none_of(weights.begin(), weights.end(), [](double s) { return std::isnan(s); })) {
      return;
    }
    double total = 0;
    for (const double score : weights) total += std::exp(score - most);
    result_.lse[h * q_.rows + i] = most + std::log(total);
    for (double& score : weights) score = std::exp(score - most) / total;
    double* out = result_.out.row(i, h);
    double* mass = result_.mass.row(i, h);
    for (size_t n = 0; n < keys.size(); ++n) {
      for (int64_t d = 0; d < dv; ++d) out[d] += weights[n] * in_.v.row(keys[n], kh)[d];
      mass[modalityOf(keys[n])] += weights[n];
    }
    // The result of a row with a NaN score is undefined.
    if (std::isnan(total)) std::fill_n(mass, 8, total);
    pullBack(i, h, kh, keys, weights);
  }

  void pullBack(int64_t i, int64_t h, int64_t kh, const std::vector<int64_t>& keys, const std::vector<double>& weights) {
    const int64_t dv = in_.v.width, width = q_.width;
    const double* dOut = in_.dOut.row(i, h);
    const double* out = result_.out.row(i, h);
    const double* dMass = in_.massGradient == MassGradient::kNone
                              ? nullptr
                              : in_.dMass.row(i, in_.massGradient == MassGradient::kShared ? 0 : h);
    double delta = dot(dOut, out, dv), outDoubt = 0, weightDoubt = 0;
    for (int64_t d = 0; d < dv; ++d) outDoubt += square(dOut[d] * out[d]);
    for (size_t n = 0; n < keys.size(); ++n) weightDoubt += square(weights[n] * dot(dOut, in_.v.row(keys[n], kh), dv));
    if (dMass) delta += dot(dMass, result_.mass.row(i, h), 8);
    if (!in_.dLse.empty()) delta -= in_.dLse[h * q_.rows + i];
    std::vector<double> mean(width);  // of the keys: an error of delta moves dq along it
    double weightSquares = 0, dScoreSquares = 0, pulls = 0;  // pulls: of dS times keys
    for (size_t n = 0; n < keys.size(); ++n) {
      const int64_t j = keys[n];
      const double dWeight = dot(dOut, in_.v.row(j, kh), dv) + (dMass ? dMass[modalityOf(j)] : 0);
      const double dScore = in_.scale * weights[n] * (dWeight - delta);
      for (int64_t d = 0; d < dv; ++d) result_.dv.row(j, kh)[d] += weights[n] * dOut[d];
      for (int64_t d = 0; d < width; ++d) {
        dq_.row(i, h)[d] += dScore * k_.row(j, kh)[d];
        dk_.row(j, kh)[d] += dScore * q_.row(i, h)[d];
        mean[d] += weights[n] * k_.row(j, kh)[d];
        pulls += square(dScore * k_.row(j, kh)[d]);
      }
      weightSquares += square(weights[n]);
      dScoreSquares += square(dScore);
    }
    // At worst the rounding errors of a row's out, P and dS have one sign.
    const double deltaDoubt = std::sqrt(outDoubt) + std::sqrt(weightDoubt);
    const double lengthOfMean = std::abs(in_.scale) * std::sqrt(dot(mean.data(), mean.data(), width));
    const double lengthOfQuery = std::sqrt(dot(q_.row(i, h), q_.row(i, h), width));
    result_.queryDoubt.add(deltaDoubt * lengthOfMean + std::sqrt(pulls));
    result_.keyDoubt.add((deltaDoubt * std::abs(in_.scale) * std::sqrt(weightSquares) + std::sqrt(dScoreSquares)) *
                         lengthOfQuery);
    result_.valueDoubt.add(std::sqrt(weightSquares * dot(dOut, dOut, dv)));
  }

  const Case& in_;
  Array q_, k_, dq_, dk_;  // rotated
  Reference result_;
};

}  // namespace

double Doubt::norm(double entries) const {
  if (squares == 0) return 0;
  const double independent = std::min(entries, squares * squares / fourths);
  return std::sqrt(squares * std::min(1.0, 1.0 / 3 + 4 * 0.3 / std::sqrt(independent)));
}

Reference reference(const Case& input, bool roundRotated) { return ReferencePass(input, roundRotated).run(); }

}  // namespace earsight::attention
