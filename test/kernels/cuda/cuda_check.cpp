// The GPU kernels under the emulator, against float64: random node forests, and a few shapes that matter by name.
// Usage: cuda_check <first seed> <number of seeds>. Exits with 1 at the first difference, naming case and figure.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../../../native/kernels/attention/cuda/attention.h"
#include "../../../native/kernels/attention/plan.h"
#include "emulated_warp.h"
#include "reference.h"

namespace {

using namespace earsight::attention;
using reference::Case;
using reference::Numbers;

std::string current;

void expect(bool holds, const std::string& what, double got, double limit) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s: expected at most %g, got %g\n", current.c_str(), what.c_str(), limit, got);
  std::exit(1);
}

struct Format {
  Element element;
  uint32_t (*round)(float);
  float (*toFloat)(uint32_t);
};

const Format kFormats[] = {
    {Element::kBFloat16, cuda::BFloat16Format::round, cuda::BFloat16Format::toFloat},
    {Element::kHalf, cuda::HalfFormat::round, cuda::HalfFormat::toFloat},
};

// Rows of 16-bit elements in memory of their own, eight elements further apart than they are wide; the gaps keep a
// pattern that must not be overwritten.
struct Memory {
  static constexpr uint16_t kUntouched = 0x7fc1;  // a NaN in either format
  int64_t rows, heads, width;
  std::vector<uint16_t> words;

  Memory(int64_t rows, int64_t heads, int64_t width)
      : rows(rows), heads(heads), width(width), words(rows * rowStride() + 8, kUntouched) {}

  int64_t headStride() const { return width + 8; }
  int64_t rowStride() const { return heads * headStride() + 8; }
  // operator new aligns to 16 bytes.
  uint16_t* at(int64_t row, int64_t head) { return words.data() + row * rowStride() + head * headStride(); }
  ConstRows read() { return {words.data(), rowStride(), headStride()}; }
  Rows write() { return {words.data(), rowStride(), headStride()}; }

  void store(const Format& format, Numbers& numbers) {
    for (int64_t i = 0; i < rows * heads * width; ++i) {
      const uint32_t bits = format.round(static_cast<float>(numbers[i]));
      at(i / width / heads, i / width % heads)[i % width] = static_cast<uint16_t>(bits);
      numbers[i] = format.toFloat(bits);
    }
  }

  // Rows of no node must not be read: NaN would show in the result.
  void poison(const Case& c, int begin, int end) {
    std::vector<bool> used(rows);
    for (const auto& node : c.nodes) std::fill(used.begin() + node[begin], used.begin() + node[end], true);
    for (int64_t row = 0; row < rows; ++row) {
      if (!used[row]) std::fill(at(row, 0), at(row, 0) + heads * headStride(), kUntouched);
    }
  }

  // Untouched rows count as 0, like idle rows.
  Numbers load(const Format& format) {
    Numbers numbers;
    for (int64_t i = 0; i < rows * heads * width; ++i) {
      const uint16_t bits = at(i / width / heads, i / width % heads)[i % width];
      numbers.push_back(bits == kUntouched ? 0 : format.toFloat(bits));
    }
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t head = 0; head < heads; ++head) {
        for (int i = 0; i < 8; ++i) {
          expect(at(row, head)[width + i] == kUntouched, "elements past a row's end that were written", 1, 0);
        }
      }
    }
    return numbers;
  }
};

void expectClose(const char* what, const Numbers& got, const Numbers& wanted, double limit) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    difference += (got[i] - wanted[i]) * (got[i] - wanted[i]);
    size += wanted[i] * wanted[i];
  }
  // An absolute limit for values that are zero but for rounding: gradients of rows that see one key.
  const double error = std::sqrt(difference) / (std::sqrt(size) + 1e-3 * std::sqrt(static_cast<double>(wanted.size() + 1)));
  expect(error <= limit, std::string(what) + ", relative error", error, limit);
}

void check(Case& c, const Format& format, int64_t tileRows, bool wantMass) {
  Memory q(c.tq, c.heads, c.width), k(c.tk, c.keyHeads, c.width), v(c.tk, c.keyHeads, c.valueWidth);
  Memory dOut(c.tq, c.heads, c.valueWidth), out = dOut, dq = q, dk = k, dv = v;
  q.store(format, c.q);
  k.store(format, c.k);
  v.store(format, c.v);
  dOut.store(format, c.dOut);
  q.poison(c, 0, 1);
  k.poison(c, 2, 3);
  v.poison(c, 2, 3);
  if (!wantMass) c.dMass.assign(c.dMass.size(), 0.0);
  for (double& number : c.dMass) number = static_cast<float>(number);
  const reference::Result wanted = reference::attend(c);

  const PlanInput input{{c.nodes.data()->data(), c.nodes.size() * 8}, c.modality.data(), c.queryModality.data(), c.tq,
                        c.tk};
  const std::vector<int64_t> words = buildPlan(input, tileRows);
  Problem problem;
  problem.shape = {format.element, c.tq, c.tk, c.heads, c.keyHeads, c.width, c.valueWidth};
  problem.plan = openPlan(words);
  problem.scale = c.scale;
  problem.q = q.read();
  problem.k = k.read();
  problem.v = v.read();

  std::vector<float> lse(c.heads * c.tq, -INFINITY), mass(lse.size() * 8);
  cuda::forward({problem, out.write(), lse.data(), wantMass ? mass.data() : nullptr}, words.data(),
                c.keyEnd.empty() ? nullptr : c.keyEnd.data(), nullptr);
  expectClose("out", out.load(format), wanted.out, 4e-3);
  for (size_t i = 0; i < lse.size(); ++i) {
    // Plus a few units in the last place of float, which large values need.
    const double limit = 1e-4 + 4 * std::abs(wanted.lse[i]) * std::numeric_limits<float>::epsilon();
    expect(lse[i] == wanted.lse[i] || std::abs(lse[i] - wanted.lse[i]) <= limit, "lse", lse[i], wanted.lse[i]);
    if (!wantMass) continue;
    double sum = 0;
    for (int m = 0; m < 8; ++m) {
      const double error = std::abs(mass[i * 8 + m] - wanted.mass[i * 8 + m]);
      expect(error <= 2e-3, "mass, absolute error", error, 2e-3);
      sum += mass[i * 8 + m];
    }
    expect(std::isinf(lse[i]) || std::abs(sum - 1) <= 1e-5, "sum of masses", sum, 1);
  }

  if (!c.keyEnd.empty()) return;  // backward takes none

  for (size_t row = 0; row < lse.size(); ++row) {
    if (!std::isinf(lse[row])) continue;  // the caller fills idle rows
    uint16_t* idle = out.at(row % c.tq, row / c.tq);
    std::fill(idle, idle + c.valueWidth, 0);
  }
  const std::vector<float> dLse(c.dLse.begin(), c.dLse.end()), dMass(c.dMass.begin(), c.dMass.end());
  std::vector<float> delta(lse.size());
  Backward backward{};
  static_cast<Problem&>(backward) = problem;
  backward.dOut = dOut.read();
  backward.out = out.read();
  backward.lse = lse.data();
  backward.dLse = dLse.data();
  backward.mass = mass.data();
  backward.dMass = wantMass ? dMass.data() : nullptr;
  backward.dMassRow = 8;
  backward.dMassHead = 8 * c.tq;
  backward.dq = dq.write();
  backward.dk = dk.write();
  backward.dv = dv.write();
  cuda::backward(backward, words.data(), delta.data(), nullptr);
  for (size_t i = 0; i < delta.size(); ++i) {
    if (!std::isinf(lse[i])) expect(std::abs(delta[i] - wanted.delta[i]) <= 0.1, "delta", delta[i], wanted.delta[i]);
  }
  expectClose("dq", dq.load(format), wanted.dq, 5e-3);
  expectClose("dk", dk.load(format), wanted.dk, 5e-3);
  expectClose("dv", dv.load(format), wanted.dv, 5e-3);
}

// ---- cases --------------------------------------------------------------------------------------------------------

constexpr int64_t kSeesAll = -1;

void fill(Case& c, std::mt19937& random) {
  std::normal_distribution<double> normal;
  const auto draw = [&](Numbers& numbers, int64_t count, double size = 1) {
    numbers.resize(count);
    for (double& number : numbers) number = size * normal(random);
  };
  c.scale = 1 / std::sqrt(static_cast<double>(c.width));
  draw(c.q, c.tq * c.heads * c.width);
  draw(c.k, c.tk * c.keyHeads * c.width);
  draw(c.v, c.tk * c.keyHeads * c.valueWidth);
  draw(c.dOut, c.tq * c.heads * c.valueWidth);
  draw(c.dLse, c.heads * c.tq);
  draw(c.dMass, c.heads * c.tq * 8);
  if (c.modality.empty()) c.modality.resize(c.tk);
  if (c.queryModality.empty()) c.queryModality.resize(c.tq);
}

Case randomCase(unsigned seed) {
  std::mt19937 random(seed);
  const auto one = [&](std::initializer_list<int64_t> values) { return values.begin()[random() % values.size()]; };
  Case c;
  std::vector<int> levels;
  int64_t q = 0, k = one({0, 3});
  // One of the last three as parent, mostly the last, makes long paths.
  const bool deep = seed % 4 == 3;
  const int64_t count = deep ? 28 : one({1, 2, 3, 5});
  for (int64_t i = 0; i < count; ++i) {
    const int64_t candidate = i == 0 ? -1 : deep ? std::max<int64_t>(0, i - one({1, 1, 1, 2, 3})) : random() % i;
    const bool hangs = candidate >= 0 && levels[candidate] < kMaxLevels && (deep || random() % 10 < 7);
    const int64_t parent = hangs ? candidate : -1;
    const int64_t queries = deep ? one({0, 1, 2, 7, 16, 33}) : one({0, 1, 2, 7, 16, 17, 31, 33, 64, 70, 130});
    const int64_t keys = random() % 2 ? queries : deep ? one({0, 1, 5, 31}) : one({0, 1, 5, 31, 32, 33, 65, 129});
    const int64_t gate = one({kSeesAll, kSeesAll, 0, 0x0505050505050505, static_cast<int64_t>(random()) * 0x123456789});
    c.nodes.push_back({q, q + queries, k, k + keys, parent, one({0, 1}), one({-1, -1, 0, 1, 20, 100}), gate});
    levels.push_back(parent < 0 ? 1 : levels[parent] + 1);
    q += queries + one({0, 0, 2});
    k += keys + one({0, 0, 5});
  }
  c.tq = q;
  c.tk = k;
  for (int64_t i = 0; i < c.tk; ++i) c.modality.push_back(static_cast<uint8_t>(random() % 8));
  for (int64_t i = 0; i < c.tq; ++i) c.queryModality.push_back(static_cast<uint8_t>(random() % 8));
  c.keyHeads = one({1, 2});
  c.heads = c.keyHeads * one({1, 1, 2, 3});
  c.width = one({8, 32, 64, 72, 80, 96, 128});
  c.valueWidth = random() % 2 ? c.width : one({8, 24, 64, 80});
  fill(c, random);
  return c;
}

// A random case whose queries each see no key row from some row on, mostly one beside the edge of 32 or 64 keys of a node.
Case endingKeys(unsigned seed) {
  Case c = randomCase(seed);
  std::mt19937 random(seed + 1);
  constexpr int64_t kEdges[] = {-3, 0, 1, 31, 32, 33, 63, 64, 65, 1000};
  for (int64_t i = 0; i < c.tq; ++i) {
    c.keyEnd.push_back(c.nodes[random() % c.nodes.size()][2] + kEdges[random() % std::size(kEdges)]);
  }
  return c;
}

// A causal prompt with three continuations, and a window that alone sees one modality of it.
Case sharedPrompt() {
  Case c;
  c.nodes = {{0, 150, 0, 150, -1, 1, -1, kSeesAll},
             {150, 190, 150, 190, 0, 1, -1, kSeesAll},
             {190, 230, 190, 230, 0, 1, -1, 0x0101010101010101},
             {230, 231, 230, 231, 0, 1, 40, kSeesAll}};
  c.tq = c.tk = 231;
  for (int64_t i = 0; i < c.tk; ++i) c.modality.push_back(i % 32 < 26 ? 2 : 1);
  for (int i = 0; i < 5; ++i) c.modality[7 * i] = 0;
  c.heads = 7;
  c.keyHeads = 1;
  c.width = c.valueWidth = 128;
  return c;
}

Case windows() {
  Case c;
  for (int64_t i = 0; i < 9; ++i) c.nodes.push_back({i * 32, i * 32 + 32, i * 32, i * 32 + 32, -1, 0, -1, kSeesAll});
  c.tq = c.tk = 9 * 32;
  c.heads = c.keyHeads = 2;
  c.width = c.valueWidth = 64;
  return c;
}

// One query on ten keys each.
Case queryFormer() {
  Case c;
  for (int64_t i = 0; i < 40; ++i) c.nodes.push_back({i, i + 1, i * 10, i * 10 + 10, -1, 0, -1, kSeesAll});
  c.tq = 40;
  c.tk = 400;
  c.heads = c.keyHeads = 2;
  c.width = c.valueWidth = 64;
  return c;
}

// Scores of about +-1e4, one of which decides each row.
Case largeScores() {
  Case c;
  c.nodes = {{0, 70, 0, 70, -1, 1, -1, kSeesAll}};
  c.tq = c.tk = 70;
  c.width = c.valueWidth = 64;
  std::mt19937 random(3);
  fill(c, random);
  for (double& number : c.q) number *= 100;
  for (double& number : c.k) number *= 30;
  return c;
}

void checkRotation(const Format& format) {
  current = "rotation";
  constexpr int64_t kRows = 33, kHeads = 3, kWidth = 72;
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  Numbers x(kRows * kHeads * kWidth), wanted = x;
  std::vector<float> cos(kRows * kWidth / 2), sin(cos.size());
  for (double& number : x) number = normal(random);
  for (size_t i = 0; i < cos.size(); ++i) {
    const double angle = normal(random);
    cos[i] = static_cast<float>(std::cos(angle));
    sin[i] = static_cast<float>(std::sin(angle));
  }
  Memory from(kRows, kHeads, kWidth), to = from;
  from.store(format, x);
  for (int64_t i = 0; i < kRows * kHeads * kWidth; ++i) {
    const int64_t column = i % kWidth, row = i / kWidth / kHeads;
    const int64_t angle = row * kWidth / 2 + column % (kWidth / 2);
    const bool first = column < kWidth / 2;
    wanted[i] = x[i] * cos[angle] + (first ? -x[i + kWidth / 2] : x[i - kWidth / 2]) * sin[angle];
  }
  const auto rotate = [&](ConstRows source, bool back) {
    cuda::rotate({format.element, kRows, kHeads, kWidth, source, to.write(), cos.data(), sin.data(), back}, nullptr);
  };
  rotate(from.read(), false);
  expectClose("rotated", to.load(format), wanted, 3e-3);
  rotate(to.read(), true);
  expectClose("rotated there and back", to.load(format), x, 4e-3);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: cuda_check <first seed> <number of seeds>\n");
    return 2;
  }
  const unsigned first = std::atoi(argv[1]), last = first + std::atoi(argv[2]);
  const auto run = [](const std::string& name, Case c, unsigned variant) {
    current = name;
    cuda::emulated::seed(variant);
    check(c, kFormats[variant % 2], variant / 2 % 2 ? 96 : 128, variant / 4 % 3 != 0);
  };
  const auto named = [&](const std::string& name, Case c, unsigned variant) {
    std::mt19937 random(7);
    if (c.q.empty()) fill(c, random);
    run(name, std::move(c), variant);
  };
  named("shared prompt", sharedPrompt(), 4);
  named("shared prompt, tiles of 96 rows, half", sharedPrompt(), 7);
  named("windows of 32", windows(), 0);
  named("one query on ten keys", queryFormer(), 1);
  named("large scores", largeScores(), 0);
  for (const Format& format : kFormats) checkRotation(format);
  for (unsigned seed = first; seed < last; ++seed) {
    run("seed " + std::to_string(seed), randomCase(seed), seed);
    if (seed % 2 == 0) run("seed " + std::to_string(seed) + ", keys that end", endingKeys(seed), seed);
  }
  std::printf("%u random forests and 5 shapes agree with float64\n", last - first);
  return 0;
}
