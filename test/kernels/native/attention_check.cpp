// Every engine of this build against the reference, without torch: the program that runs under the sanitizers.
//
//   attention_check [--cases N] [--first SEED] [--engine NAME]
//
// runs the named cases and N random ones a element type. One line an engine: how many cases it passed, or why it was
// skipped. Exit code 1 when anything differed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "../../../native/kernels/attention/engine.h"
#include "../../../native/kernels/attention/rows.h"
#include "cases.h"
#include "reference.h"

namespace earsight::attention {

namespace {

Parallel threads(int count) {
  return {count, [](int workers, const std::function<void(int)>& body) {
            std::vector<std::thread> pool;
            for (int worker = 0; worker < workers; ++worker) pool.emplace_back([&body, worker] { body(worker); });
            for (std::thread& thread : pool) thread.join();
          }};
}

// An array in the element type, laid out as the case asks; `gap` elements before it and between its rows.
template <typename Scalar>
struct Memory {
  int64_t rowStride, headStride, gap;
  std::vector<Scalar> storage;

  Memory(const Array& x, const Case& input, bool poison)
      : rowStride((input.headsOutside ? x.width : x.heads * x.width) + input.gap),
        headStride(input.headsOutside ? x.rows * rowStride : x.width),
        gap(input.gap),
        storage(gap + (input.headsOutside ? x.heads * headStride : x.rows * rowStride),
                Scalar(std::numeric_limits<AccumulatorOf<Scalar>>::quiet_NaN())) {
    if (poison) return;
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t h = 0; h < x.heads; ++h) {
        for (int64_t d = 0; d < x.width; ++d) {
          storage[gap + r * rowStride + h * headStride + d] =
              Scalar(static_cast<AccumulatorOf<Scalar>>(x.row(r, h)[d]));
        }
      }
    }
  }

  ConstRows read() const { return {storage.data() + gap, rowStride, headStride}; }
  Rows write() { return {storage.data() + gap, rowStride, headStride}; }

  std::vector<double> values(const Array& shape) const {
    std::vector<double> result;
    for (int64_t r = 0; r < shape.rows; ++r) {
      for (int64_t h = 0; h < shape.heads; ++h) {
        for (int64_t d = 0; d < shape.width; ++d) {
          result.push_back(
              static_cast<AccumulatorOf<Scalar>>(storage[gap + r * rowStride + h * headStride + d]));
        }
      }
    }
    return result;
  }
};

struct Results {
  std::vector<double> out, lse, mass, dq, dk, dv;
};

template <typename Scalar>
Results runEngine(const Engine& engine, const Case& input, const Reference& shapes, const Plan& plan, int workers) {
  using Accumulator = AccumulatorOf<Scalar>;
  const Memory<Scalar> q(input.q, input, false), k(input.k, input, false), v(input.v, input, false),
      dOut(input.dOut, input, false);
  Memory<Scalar> out(input.dOut, input, true), dq(input.q, input, true), dk(input.k, input, true),
      dv(input.v, input, true);
  const auto table = [](const Array& angles, double (*f)(double)) {
    std::vector<Accumulator> result;
    for (const double angle : angles.values) result.push_back(static_cast<float>(f(angle)));
    return result;
  };
  const auto cos = table(input.angles, std::cos), sin = table(input.angles, std::sin),
             keyCos = table(input.keyAngles, std::cos), keySin = table(input.keyAngles, std::sin);
  const bool rotates = input.angles.rows > 0;
  const Problem problem{input.shape, plan, input.scale, q.read(), k.read(), v.read(),
                        rotates ? Rotary{cos.data(), sin.data(), keyCos.data(), keySin.data()} : Rotary{}};
  constexpr Accumulator kPoison = std::numeric_limits<Accumulator>::quiet_NaN();
  const bool wantMass = input.massGradient != MassGradient::kNone;
  std::vector<Accumulator> lse(shapes.lse.size(), kPoison), mass(wantMass ? shapes.mass.values.size() : 0, kPoison);
  forward(engine, {problem, out.write(), lse.data(), wantMass ? mass.data() : nullptr}, threads(workers));

  const std::vector<Accumulator> dLse(input.dLse.begin(), input.dLse.end()),
      dMass(input.dMass.values.begin(), input.dMass.values.end());
  Backward back{};
  static_cast<Problem&>(back) = problem;
  back.dOut = dOut.read();
  back.lse = lse.data();
  back.out = out.read();
  if (!dLse.empty()) back.dLse = dLse.data();
  if (wantMass) {
    back.mass = mass.data();
    back.dMass = dMass.data();
    back.dMassRow = input.dMass.heads * kModalities;
    back.dMassHead = input.massGradient == MassGradient::kShared ? 0 : kModalities;
  }
  back.dq = dq.write();
  back.dk = dk.write();
  back.dv = dv.write();
  backward(engine, back, threads(workers));

  Results results{out.values(input.dOut), {lse.begin(), lse.end()}, {}, dq.values(input.q), dk.values(input.k),
                  dv.values(input.v)};
  // Kernels keep mass as [head][row][8], the reference as [row][head][8].
  for (int64_t row = 0; wantMass && row < input.shape.tq; ++row) {
    for (int64_t head = 0; head < input.shape.heads; ++head) {
      const auto* entry = mass.data() + (head * input.shape.tq + row) * kModalities;
      results.mass.insert(results.mass.end(), entry, entry + kModalities);
    }
  }
  return results;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Relative error in the Frobenius norm, where both are finite; infinite where one is not and the other differs.
struct Distance {
  double difference = 0, expected = 0;
  double entries = 0;  // of `wanted`, as many as make up its norm: n where n are of one size
  bool broken = false;

  Distance(const std::vector<double>& actual, const std::vector<double>& wanted) {
    broken = actual.size() != wanted.size();
    double fourths = 0;
    for (size_t i = 0; i < wanted.size() && !broken; ++i) {
      const double square = wanted[i] * wanted[i];
      if (std::isfinite(wanted[i])) {
        expected += square;
        fourths += square * square;
      }
      if (same(actual[i], wanted[i])) continue;
      broken = !std::isfinite(actual[i]) || !std::isfinite(wanted[i]);
      difference += (actual[i] - wanted[i]) * (actual[i] - wanted[i]);
    }
    difference = std::sqrt(difference);
    entries = fourths == 0 ? 1 : expected * expected / fourths;
    expected = std::sqrt(expected);
  }
};

// `unit` and `sumUnit`: half the spacing of the element type and of the sums' type, relative.
struct Limits {
  double out, gradients, lse, mass, unit, sumUnit;
};

Limits limitsOf(Element element) {
  switch (element) {
    case Element::kBFloat16: return {4e-3, 5e-3, 1e-4, 2e-3, 0x1p-8, 0x1p-24};
    case Element::kHalf: return {5e-4, 7e-4, 1e-4, 3e-4, 0x1p-11, 0x1p-24};
    case Element::kFloat: return {1e-5, 5e-5, 1e-5, 1e-5, 0x1p-24, 0x1p-24};
    case Element::kDouble: return {1e-12, 1e-12, 1e-12, 1e-12, 0x1p-53, 0x1p-53};
  }
  return {};
}

class Check {
 public:
  explicit Check(const Engine& engine) : engine_(engine) {}

  int failures = 0;
  int64_t passed = 0, refused = 0;

  void run(const Case& input, bool alsoThreads) {
    if (!engine_.accepts(input.shape)) {
      ++refused;
      return;
    }
    const Reference wanted = reference(input, engine_.roundsRotated);
    const auto words = buildPlan(input.planInput());
    const Plan plan = openPlan(words);
    const int before = failures;
    withScalar(input.shape.element, [&]<typename Scalar>(Scalar) {
      const Results results = runEngine<Scalar>(engine_, input, wanted, plan, 1);
      compare(input, results, wanted);
      if (alsoThreads) compareBits(input, results, runEngine<Scalar>(engine_, input, wanted, plan, 3));
    });
    passed += failures == before;
  }

 private:
  void compare(const Case& input, const Results& results, const Reference& wanted) {
    const Limits limits = limitsOf(input.shape.element);
    close(input, "out", results.out, wanted.out.values, limits.out, {}, 0);
    // A rotated element halfway between two values of the element type may round either way: 2^-8 of one product.
    const bool ties = engine_.roundsRotated && input.angles.rows > 0;
    entries(input, "lse", results.lse, wanted.lse, ties ? 20 * limits.lse : limits.lse);
    if (input.massGradient != MassGradient::kNone) entries(input, "mass", results.mass, wanted.mass.values, limits.mass);
    // Backward starts from lse as forward stored it: its rounding is a relative error of every probability.
    double largest = 0;
    for (const double lse : wanted.lse) largest = std::isfinite(lse) ? std::max(largest, std::abs(lse)) : largest;
    const double gradients = limits.gradients + limits.sumUnit * largest;
    // `out`, P and dS were rounded, and dOut . out and dOut . v were summed in different orders.
    const double unit = limits.unit + limits.sumUnit * std::sqrt(static_cast<double>(input.shape.valueWidth));
    close(input, "dq", results.dq, wanted.dq.values, gradients, wanted.queryDoubt, unit);
    close(input, "dk", results.dk, wanted.dk.values, gradients, wanted.keyDoubt, unit);
    close(input, "dv", results.dv, wanted.dv.values, gradients, wanted.valueDoubt, limits.unit);
  }

  void close(const Case& input, const char* what, const std::vector<double>& actual, const std::vector<double>& wanted,
             double limit, const Doubt& doubt, double unit) {
    const Distance distance(actual, wanted);
    const double allowed = std::max(limit * std::max(distance.expected, 1e-3), unit * doubt.norm(distance.entries));
    if (distance.broken || distance.difference > allowed) {
      fail(input, what, distance.broken ? std::nan("") : distance.difference, allowed);
    }
  }

  // |a - b| <= limit max(1, |b|), entry by entry.
  void entries(const Case& input, const char* what, const std::vector<double>& actual,
               const std::vector<double>& wanted, double limit) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (same(actual[i], wanted[i])) continue;
      const double difference = std::abs(actual[i] - wanted[i]), allowed = limit * std::max(1.0, std::abs(wanted[i]));
      if (!(difference <= allowed)) return fail(input, what, difference, allowed);
    }
  }

  void compareBits(const Case& input, const Results& one, const Results& three) {
    const auto equal = [](const std::vector<double>& a, const std::vector<double>& b) {
      return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
    };
    if (!equal(one.out, three.out) || !equal(one.lse, three.lse) || !equal(one.mass, three.mass) ||
        !equal(one.dq, three.dq) || !equal(one.dk, three.dk) || !equal(one.dv, three.dv)) {
      fail(input, "bits on one and three threads", 1, 0);
    }
  }

  void fail(const Case& input, const char* what, double difference, double allowed) {
    ++failures;
    static constexpr const char* kElements[] = {"bfloat16", "float16", "float32", "float64"};
    const Shape& shape = input.shape;
    std::printf("%s: %s, %s: %s is %.3g off, allowed %.3g (tq %lld, tk %lld, heads %lld/%lld, D %lld, Dv %lld)\n",
                engine_.name, input.name.c_str(), kElements[static_cast<int>(shape.element)], what, difference,
                allowed, static_cast<long long>(shape.tq), static_cast<long long>(shape.tk),
                static_cast<long long>(shape.heads), static_cast<long long>(shape.keyHeads),
                static_cast<long long>(shape.width), static_cast<long long>(shape.valueWidth));
  }

  const Engine& engine_;
};

}  // namespace

}  // namespace earsight::attention

int main(int count, char** arguments) {
  using namespace earsight;
  using namespace earsight::attention;
  const auto option = [&](const char* name, const char* otherwise) -> std::string {
    for (int i = 1; i + 1 < count; i += 2) {
      if (std::string(arguments[i]) == name) return arguments[i + 1];
    }
    return otherwise;
  };
  const int64_t cases = std::stoll(option("--cases", "50")), first = std::stoll(option("--first", "0"));
  const std::string only = option("--engine", "");
  int failures = 0;
  for (const Engine* engine : engines()) {
    if (!only.empty() && only != engine->name) continue;
    if (!offers(machineFeatures(), engine->isa)) {
      std::printf("%s: skipped, this machine has no %s\n", engine->name, isaName(engine->isa));
      continue;
    }
    Check check(*engine);
    for (const Element element : {Element::kBFloat16, Element::kFloat, Element::kHalf, Element::kDouble}) {
      for (const Case& input : namedCases(element)) check.run(input, true);
      for (int64_t seed = first; seed < first + cases; ++seed) check.run(randomCase(seed, element), seed % 4 == 0);
    }
    std::printf("%s: %lld cases passed, %d differences, %lld not its own\n", engine->name,
                static_cast<long long>(check.passed), check.failures, static_cast<long long>(check.refused));
    failures += check.failures;
  }
  return failures > 0 ? 1 : 0;
}
