// Every linear_logprob engine of this build against the definition in doubles, in bfloat16 and without torch. The emulated
// tiles, which EARSIGHT_ISA cannot name, are checked here only.
//
//   logprob_check [CASES]
//
// One line an engine. Exit code 1 when anything differed, from the definition or between one thread and three. The
// divergences are those of the rows in order from the rows in reverse.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include "../../../native/kernels/bfloat16.h"
#include "../../../native/kernels/linear_logprob/linear_logprob.h"

namespace earsight::linear_logprob {
namespace {

struct Case {
  int64_t rows, width, vocabulary, gap;
  double temperature;
  bool entropy;
  std::vector<BFloat16> hidden, weight;  // rows of width + gap; the gap is NaN
  std::vector<float> bias;
  std::vector<int64_t> token, row;
  std::vector<float> pull[3];  // upstream gradients of logp, lse and entropy
};

struct Results {
  std::vector<double> logp, lse, entropy, hidden, weight, bias, kl;
};

// The gradients' terms summed up by magnitude: what rounding each of them can move at most, in units of the rounding.
struct Magnitudes {
  std::vector<double> hidden, weight, bias;
};

Case randomCase(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::initializer_list<int64_t> values) { return values.begin()[random() % values.size()]; };
  const auto uniform = [&] { return static_cast<float>(random() >> 11) * 0x1p-52f - 1; };
  Case c;
  c.rows = pick({1, 2, 15, 16, 17, 31, 33, 64, 65, 100, 257, 530});
  c.width = pick({1, 2, 7, 16, 31, 32, 33, 64, 65, 96, 515, 544});
  c.vocabulary = pick({1, 2, 3, 15, 17, 100, 191, 385, 800, 1700});
  c.gap = pick({0, 0, 2, 3});
  c.temperature = pick({1, 2}) * 0.7;
  c.entropy = pick({0, 1});
  const auto fill = [&](std::vector<BFloat16>& to, int64_t rows, float size) {
    to.assign(rows * (c.width + c.gap), BFloat16(std::nanf("")));
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t h = 0; h < c.width; ++h) to[i * (c.width + c.gap) + h] = BFloat16(uniform() * size);
    }
  };
  fill(c.hidden, c.rows, 2);
  fill(c.weight, c.vocabulary, 5 / std::sqrt(static_cast<float>(c.width)));
  // Sometimes the score of the last token exceeds all others by more than the first sums of exponentials could hold.
  for (int64_t v = 0; v < c.vocabulary; ++v) c.bias.push_back(uniform());
  c.bias.back() += static_cast<float>(pick({0, 0, 10, 40}));
  for (int64_t i = 0; i < c.rows + 5; ++i) {
    c.token.push_back(random() % c.vocabulary);
    c.row.push_back(random() % c.rows);
    for (int k = 0; k < 3; ++k) c.pull[k].push_back(k < 2 || c.entropy ? uniform() : 0);
  }
  return c;
}

Results definition(const Case& c, Magnitudes& magnitudes) {
  const int64_t stride = c.width + c.gap, items = static_cast<int64_t>(c.token.size());
  Results r{{}, {}, {}, std::vector<double>(c.rows * c.width), std::vector<double>(c.vocabulary * c.width),
            std::vector<double>(c.vocabulary), {}};
  magnitudes = {r.hidden, r.weight, r.bias};
  std::vector<std::vector<double>> scores(c.rows, std::vector<double>(c.vocabulary));
  std::vector<double> lses;
  for (int64_t row = 0; row < c.rows; ++row) {
    double largest = -INFINITY, sum = 0;
    for (int64_t v = 0; v < c.vocabulary; ++v) {
      double& z = scores[row][v] = c.bias[v];
      for (int64_t h = 0; h < c.width; ++h) {
        z += static_cast<double>(static_cast<float>(c.hidden[row * stride + h])) * static_cast<float>(c.weight[v * stride + h]);
      }
      z /= c.temperature;
      largest = std::max(largest, z);
    }
    for (const double z : scores[row]) sum += std::exp(z - largest);
    lses.push_back(largest + std::log(sum));
  }
  for (int64_t row = 0; row < c.rows; ++row) {
    const int64_t other = c.rows - 1 - row;
    double kl = 0;
    for (int64_t v = 0; v < c.vocabulary; ++v) {
      const double p = scores[row][v] - lses[row], q = scores[other][v] - lses[other];
      kl += std::exp(p) * (p - q);
    }
    r.kl.push_back(kl);
  }
  for (int64_t i = 0; i < items; ++i) {
    const BFloat16* hidden = &c.hidden[c.row[i] * stride];
    const std::vector<double>& z = scores[c.row[i]];
    const double lse = lses[c.row[i]];
    double entropy = 0;
    for (const double x : z) entropy -= std::exp(x - lse) * (x - lse);
    r.logp.push_back(z[c.token[i]] - lse);
    r.lse.push_back(lse);
    r.entropy.push_back(entropy);
    for (int64_t v = 0; v < c.vocabulary; ++v) {
      const double p = std::exp(z[v] - lse);
      const double dz = (c.pull[0][i] * ((v == c.token[i]) - p) + c.pull[1][i] * p -
                         c.pull[2][i] * p * (z[v] - lse + entropy)) / c.temperature;
      const double magnitude =
          (std::abs(c.pull[0][i]) * ((v == c.token[i]) + p) + std::abs(c.pull[1][i]) * p +
           std::abs(c.pull[2][i]) * p * std::abs(z[v] - lse + entropy)) / c.temperature;
      r.bias[v] += dz;
      magnitudes.bias[v] += magnitude;
      for (int64_t h = 0; h < c.width; ++h) {
        const double w = static_cast<float>(c.weight[v * stride + h]), x = static_cast<float>(hidden[h]);
        r.hidden[c.row[i] * c.width + h] += dz * w;
        r.weight[v * c.width + h] += dz * x;
        magnitudes.hidden[c.row[i] * c.width + h] += magnitude * std::abs(w);
        magnitudes.weight[v * c.width + h] += magnitude * std::abs(x);
      }
    }
  }
  return r;
}

// `keep`: whether forward saves the distribution for backward.
Results engineResults(const Engine& engine, const Case& c, int workers, bool keep) {
  const Parallel parallel{workers, [](int count, const std::function<void(int)>& body) {
                            std::vector<std::thread> pool;
                            for (int worker = 0; worker < count; ++worker) pool.emplace_back(body, worker);
                            for (std::thread& thread : pool) thread.join();
                          }};
  const int64_t items = static_cast<int64_t>(c.token.size()), stride = c.width + c.gap;
  const Targets targets = groupTargets(c.token.data(), c.row.data(), items, c.rows, -1);
  const Head head{Element::kBFloat16, c.width,       c.vocabulary,  c.hidden.data(), stride,
                  c.weight.data(),    stride,        c.bias.data(), c.temperature};
  std::vector<float> logp(items), lse(items), entropy(items), statistics(2 * targets.rows()),
      mean(targets.rows() * paddedWidth(c.width)), bias(c.vocabulary);
  std::vector<BFloat16> hidden(c.rows * c.width), weight(c.vocabulary * c.width);
  const int64_t tiles = (c.vocabulary + kTile - 1) / kTile;
  std::vector<BFloat16> values(c.vocabulary * targets.rows());
  std::vector<float> base(tiles * targets.rows());
  Saved saved{statistics.data(), statistics.data() + targets.rows(), mean.data(), {}};
  if (keep) saved.tiles = {values.data(), base.data(), targets.rows()};
  forward(engine, head, targets, {logp.data(), lse.data(), entropy.data()}, saved, parallel);
  backward(engine, head, targets, saved, {c.pull[0].data(), c.pull[1].data(), c.pull[2].data()},
           {hidden.data(), c.rows, weight.data(), c.width, false, bias.data()}, parallel);
  RowPairs pairs{head, head, {}, {}};
  for (int64_t row = 0; row < c.rows; ++row) {
    pairs.pRows.row.push_back(row);
    pairs.qRows.row.push_back(c.rows - 1 - row);
  }
  std::vector<double> kl(c.rows);
  engine.divergence(pairs, kl.data(), parallel);
  const auto doubles = [](const auto& from) {
    std::vector<double> to;
    for (const auto& x : from) to.push_back(static_cast<float>(x));
    return to;
  };
  return {doubles(logp), doubles(lse), doubles(entropy), doubles(hidden), doubles(weight), doubles(bias), kl};
}

// Whether |found - wanted| <= relative |size| + absolute, in the Frobenius norm.
bool close(const std::vector<double>& found, const std::vector<double>& wanted, const std::vector<double>& size,
           double relative, double absolute) {
  double off = 0, square = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    off += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    square += size[i] * size[i];
  }
  return std::sqrt(off) <= relative * std::sqrt(square) + absolute;
}

int check(const Engine& engine, int64_t cases) {
  int differences = 0;
  for (int64_t seed = 0; seed < cases; ++seed) {
    const Case c = randomCase(seed);
    Magnitudes magnitudes;
    const Results wanted = definition(c, magnitudes);
    for (const bool keep : {false, true}) {
      const Results found = engineResults(engine, c, 1, keep), again = engineResults(engine, c, 3, keep);
      const auto expect = [&](bool holds, const char* what) {
        if (holds) return;
        ++differences;
        std::printf("%s: case %lld%s: %s differs (rows %lld, width %lld, vocabulary %lld)\n", engine.name,
                    static_cast<long long>(seed), keep ? ", saved" : "", what, static_cast<long long>(c.rows),
                    static_cast<long long>(c.width), static_cast<long long>(c.vocabulary));
      };
      expect(close(found.logp, wanted.logp, wanted.logp, 1e-5, 1e-4), "logp");
      expect(close(found.lse, wanted.lse, wanted.lse, 1e-5, 1e-4), "lse");
      expect(close(found.entropy, wanted.entropy, wanted.entropy, 1e-5, 1e-4), "entropy");
      expect(close(found.kl, wanted.kl, wanted.kl, 1e-6, 1e-5), "divergence");
      expect(c.rows % 2 == 0 || found.kl[c.rows / 2] == 0, "divergence of equal rows");
      // Factors of the products, results and the saved distribution are rounded to bfloat16, 2^-9 of each; a gradient of the
      // entropy does not use the saved one. The bias sums values that are not rounded, or saved ones.
      const bool fromSaved = keep && !c.entropy;
      const double rounding = 0x1p-9 + 1e-5;
      expect(close(found.hidden, wanted.hidden, magnitudes.hidden, (fromSaved ? 3 : 2) * rounding, 1e-5), "dHidden");
      expect(close(found.weight, wanted.weight, magnitudes.weight, (fromSaved ? 3 : 2) * rounding, 1e-5), "dWeight");
      expect(close(found.bias, wanted.bias, magnitudes.bias, fromSaved ? rounding : 1e-5, 1e-4), "dBias");
      expect(found.logp == again.logp && found.lse == again.lse && found.entropy == again.entropy &&
                 found.hidden == again.hidden && found.weight == again.weight && found.bias == again.bias && found.kl == again.kl,
             "bits on one and three threads");
    }
  }
  std::printf("%s: %lld cases, %d differences\n", engine.name, static_cast<long long>(cases), differences);
  return differences;
}

}  // namespace
}  // namespace earsight::linear_logprob

int main(int count, char** arguments) {
  using namespace earsight;
  using namespace earsight::linear_logprob;
  int differences = 0;
  for (const Engine* engine : engines()) {
    if (offers(machineFeatures(), engine->isa)) {
      differences += check(*engine, count > 1 ? std::atoll(arguments[1]) : 60);
    } else {
      std::printf("%s: skipped, this machine has no %s\n", engine->name, isaName(engine->isa));
    }
  }
  return differences > 0 ? 1 : 0;
}
