#include "cases.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "../../../native/kernels/bfloat16.h"
#include "../../../native/kernels/float16.h"

namespace earsight::attention {

double rounded(double value, Element element) {
  switch (element) {
    case Element::kBFloat16: return static_cast<float>(BFloat16(static_cast<float>(value)));
    case Element::kHalf: return static_cast<float>(Float16(static_cast<float>(value)));
    case Element::kFloat: return static_cast<float>(value);
    case Element::kDouble: return value;
  }
  return value;
}

namespace {

constexpr int64_t kAllModalities = -1;  // eight bytes of 0xff

// std::mt19937_64 gives the same words everywhere; the distributions of <random> do not.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool chance(double p) { return uniform() < p; }
  double normal() { return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(2 * 3.14159265358979 * uniform()); }
  template <typename T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<int64_t>(values.size()))];
  }

  Array array(int64_t rows, int64_t heads, int64_t width, Element element) {
    Array result{rows, heads, width, {}};
    result.values.resize(rows * heads * width);
    for (double& value : result.values) value = rounded(normal(), element);
    return result;
  }

 private:
  std::mt19937_64 engine_;
};

// Tensors for a forest, with every option of the operator.
void fill(Case& input, Random& random) {
  const auto& [element, tq, tk, heads, keyHeads, width, valueWidth] = input.shape;
  input.scale = 1 / std::sqrt(static_cast<double>(width));
  input.q = random.array(tq, heads, width, element);
  input.k = random.array(tk, keyHeads, width, element);
  input.v = random.array(tk, keyHeads, valueWidth, element);
  input.dOut = random.array(tq, heads, valueWidth, element);
}

void addRotary(Case& input, Random& random) {
  if (input.shape.width % 2 != 0) return;
  input.angles = random.array(input.shape.tq, 1, input.shape.width / 2, Element::kFloat);
  input.keyAngles = random.array(input.shape.tk, 1, input.shape.width / 2, Element::kFloat);
}

void addStatistics(Case& input, MassGradient gradient, Random& random) {
  const Element element = input.shape.element == Element::kDouble ? Element::kDouble : Element::kFloat;
  input.massGradient = gradient;
  if (gradient != MassGradient::kNone) {
    input.dMass = random.array(input.shape.tq, gradient == MassGradient::kShared ? 1 : input.shape.heads, 8, element);
  }
  input.dLse = random.array(input.shape.heads, 1, input.shape.tq, element).values;
}

// Rows of no node must not be read: they are NaN in k and v.
void poisonUnplanned(Case& input) {
  std::vector<bool> planned(input.shape.tk);
  for (size_t node = 0; node < input.nodes.size(); node += 8) {
    std::fill(planned.begin() + input.nodes[node + 2], planned.begin() + input.nodes[node + 3], true);
  }
  for (int64_t row = 0; row < input.shape.tk; ++row) {
    if (planned[row]) continue;
    for (int64_t head = 0; head < input.shape.keyHeads; ++head) {
      std::fill_n(input.k.row(row, head), input.k.width, std::nan(""));
      std::fill_n(input.v.row(row, head), input.v.width, std::nan(""));
    }
  }
}

int64_t randomGate(Random& random) {
  if (random.chance(0.5)) return kAllModalities;
  if (random.chance(0.5)) return 0x0101010101010101 * random.pick<int64_t>({0, 5, 6, 3});
  int64_t gate = 0;
  for (int m = 0; m < 8; ++m) gate = gate << 8 | random.below(256);
  return gate;
}

}  // namespace

Case randomCase(uint64_t seed, Element element) {
  Random random(seed);
  Case input;
  input.name = "seed " + std::to_string(seed);
  std::vector<int64_t> levels;
  int64_t tq = random.below(3), tk = random.below(5);
  const bool small = random.chance(0.5), deep = random.chance(0.3);
  const auto length = [&] {
    return small ? random.pick<int64_t>({0, 1, 1, 2, 3, 5, 9, 12, 15, 17})
                 : random.pick<int64_t>({0, 1, 16, 31, 33, 48, 63, 64, 65, 97, 127, 129, 200});
  };
  const int64_t count = deep ? random.pick<int64_t>({8, small ? 30 : 18}) : random.pick<int64_t>({1, 2, 3, 5, small ? 16 : 4});
  for (int64_t node = 0; node < count; ++node) {
    int64_t parent = -1;
    if (node > 0 && random.chance(deep ? 0.97 : 0.7)) {
      // One of the last three, mostly the last, makes long paths.
      parent = deep ? std::max<int64_t>(0, node - random.pick<int64_t>({1, 1, 1, 2, 3})) : random.below(node);
      if (levels[parent] >= kMaxLevels) parent = -1;
    }
    const int64_t queries = length(), keys = random.chance(0.6) ? queries : length();
    const int64_t window = random.pick<int64_t>({-1, -1, -1, 0, 1, 6, 70, int64_t{1} << 40});
    input.nodes.insert(input.nodes.end(), {tq, tq + queries, tk, tk + keys, parent, random.chance(0.6), window,
                                           randomGate(random)});
    levels.push_back(parent < 0 ? 1 : levels[parent] + 1);
    tq += queries + random.pick<int64_t>({0, 0, 0, 1});
    tk += keys + random.pick<int64_t>({0, 0, 0, 2, 40});
  }
  const int64_t group = random.pick<int64_t>({1, 1, 2, 3, 7, 8}), keyHeads = random.pick<int64_t>({1, 2, 3});
  const int64_t width = random.pick<int64_t>({1, 2, 8, 31, 32, 32, 64, 64, 72, 80, 96, 128, 128, 130, 256});
  const int64_t valueWidth = random.chance(0.7) ? width : random.pick<int64_t>({1, 16, 33, 64, 72, 80, 128});
  input.shape = {element, tq, tk, group * keyHeads, keyHeads, width, valueWidth};
  // The reference works in plain loops: large forests take fewer heads and narrower ones.
  while (tq * tk * input.shape.heads * (width + valueWidth) > 40'000'000 && input.shape.keyHeads > 1) {
    input.shape.keyHeads = 1;
    input.shape.heads = group;
  }
  if (tq * tk * input.shape.heads * (width + valueWidth) > 80'000'000) input.shape.heads = input.shape.keyHeads;
  fill(input, random);
  const int64_t modalities = random.pick<int64_t>({1, 3, 8});
  if (random.chance(0.8)) {
    for (int64_t row = 0; row < tk; ++row) input.modality.push_back(static_cast<uint8_t>(random.below(modalities)));
  }
  if (random.chance(0.8)) {
    for (int64_t row = 0; row < tq; ++row) input.queryModality.push_back(static_cast<uint8_t>(random.below(8)));
  }
  if (random.chance(0.4)) addRotary(input, random);
  if (random.chance(0.5)) {
    addStatistics(input, random.pick({MassGradient::kNone, MassGradient::kPerHead, MassGradient::kShared}), random);
  }
  input.headsOutside = random.chance(0.3);
  input.gap = random.pick<int64_t>({0, 0, 1, 7, 32});
  poisonUnplanned(input);
  return input;
}

// ---- named cases --------------------------------------------------------------------------------------------------

namespace {

struct Forest {
  std::string name;
  std::vector<int64_t> nodes;
  int64_t tq, tk;
};

Forest root(std::string name, int64_t queries, int64_t keys, bool causal, int64_t window = -1,
            int64_t gate = kAllModalities) {
  return {std::move(name), {0, queries, 0, keys, -1, causal, window, gate}, queries, keys};
}

// A prompt and its children, all causal.
Forest promptWithChildren(std::string name, int64_t prompt, int64_t children, int64_t length) {
  Forest forest{std::move(name), {0, prompt, 0, prompt, -1, 1, -1, kAllModalities}, prompt, prompt};
  for (int64_t i = 0; i < children; ++i) {
    forest.nodes.insert(forest.nodes.end(), {forest.tq, forest.tq + length, forest.tk, forest.tk + length, 0, 1, -1,
                                             kAllModalities});
    forest.tq += length;
    forest.tk += length;
  }
  return forest;
}

Forest windows(std::string name, int64_t count, int64_t queries, int64_t keys) {
  Forest forest{std::move(name), {}, count * queries, count * keys};
  for (int64_t i = 0; i < count; ++i) {
    forest.nodes.insert(forest.nodes.end(), {i * queries, (i + 1) * queries, i * keys, (i + 1) * keys, -1, 0, -1,
                                             kAllModalities});
  }
  return forest;
}

Case withTensors(const Forest& forest, Shape shape, uint64_t seed) {
  Random random(seed);
  Case input;
  input.name = forest.name;
  input.nodes = forest.nodes;
  shape.tq = forest.tq;
  shape.tk = forest.tk;
  input.shape = shape;
  fill(input, random);
  addRotary(input, random);
  addStatistics(input, MassGradient::kPerHead, random);
  for (int64_t row = 0; row < forest.tk; ++row) input.modality.push_back(row / 6 % 3);
  return input;
}

}  // namespace

std::vector<Case> namedCases(Element element) {
  const Shape shape{element, 0, 0, 4, 2, 64, 64};
  std::vector<Case> cases;
  for (const int64_t length : {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 255, 257, 1000}) {
    const bool causal = length % 2 == 1 || length == 1000;
    cases.push_back(withTensors(root("length " + std::to_string(length), length, length, causal),
                                length == 1000 ? Shape{element, 0, 0, 1, 1, 32, 32} : shape, length));
  }
  for (const int64_t group : {1, 2, 7, 8}) {
    for (const int64_t width : {64, 72, 80, 96, 128}) {
      cases.push_back(withTensors(root("group " + std::to_string(group) + ", width " + std::to_string(width), 70, 70, true),
                                  {element, 0, 0, group, 1, width, width}, group * width));
    }
  }
  cases.push_back(withTensors(promptWithChildren("empty prompt", 0, 3, 5), shape, 1));
  cases.push_back(withTensors(promptWithChildren("empty children", 9, 3, 0), shape, 2));
  cases.push_back(withTensors(promptWithChildren("one child", 70, 1, 33), shape, 3));
  cases.push_back(withTensors(promptWithChildren("64 children of one row", 100, 64, 1), shape, 4));
  cases.push_back(withTensors(promptWithChildren("64 children", 20, 64, 7), shape, 5));
  cases.push_back(withTensors(windows("windows of 32", 7, 32, 32), shape, 6));
  cases.push_back(withTensors(windows("a query on ten keys", 50, 1, 10), shape, 7));
  cases.push_back(withTensors(root("more queries than keys", 90, 40, true), shape, 8));
  cases.push_back(withTensors(root("fewer queries than keys", 40, 90, true), shape, 9));
  cases.push_back(withTensors(root("window 0", 70, 70, true, 0), shape, 10));
  cases.push_back(withTensors(root("window 1, both ways", 70, 70, false, 1), shape, 11));
  cases.push_back(withTensors(root("only modality 1 seen", 70, 140, false, -1, 0x0202020202020202), shape, 12));
  cases.push_back(withTensors(root("nothing seen", 20, 20, false, -1, 0), shape, 13));
  Case same = withTensors(root("all scores equal", 70, 70, true), shape, 14);
  std::fill(same.q.values.begin(), same.q.values.end(), 0.0);
  cases.push_back(same);
  Case extreme = withTensors(root("scores of 10000", 70, 70, true), shape, 15);
  extreme.angles = extreme.keyAngles = {};
  for (double& value : extreme.q.values) value = std::copysign(100, value);
  for (double& value : extreme.k.values) value = std::copysign(100, value);
  cases.push_back(extreme);
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    for (const bool inKeys : {true, false}) {
      Case broken = withTensors(root(std::string("a key of ") + (std::isnan(value) ? "NaN" : "inf") +
                                         (inKeys ? " in k" : " in v"), 70, 70, true), shape, 16);
      broken.angles = broken.keyAngles = {};
      (inKeys ? broken.k : broken.v).row(40, 1)[3] = value;
      cases.push_back(broken);
    }
  }
  return cases;
}

}  // namespace earsight::attention
