// Every engine of the decoder against a decoder in doubles without packing, cache or chunks, and its bits against those of
// the same rows one pass a token, and with other numbers of threads; and every allocation of a pass fails once.
//
//   decode_check [CASES]
//
// One line an engine. Exit code 1 when anything differed.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <random>
#include <string>
#include <thread>

#include "../../../native/sampler/worker_pool.h"
#include "decode_cases.h"

namespace {
// How many allocations of this program succeed before one fails; -1: all.
std::atomic<int64_t> allocationsLeft{-1};
}  // namespace

[[gnu::noinline]] void* operator new(size_t bytes) {
  if (allocationsLeft.load() >= 0 && allocationsLeft.fetch_sub(1) == 0) throw std::bad_alloc();
  if (void* const data = std::malloc(bytes == 0 ? 1 : bytes)) return data;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* data) noexcept { std::free(data); }
[[gnu::noinline]] void operator delete(void* data, size_t) noexcept { std::free(data); }

namespace earsight::decode {
namespace {

// ---- the definition -----------------------------------------------------------------------------------------------

// rounds: as the engine takes inputs in bfloat16
Doubles times(const Matrix& m, Doubles x, bool rounds) {
  Doubles y(m.outputs);
  if (rounds) {
    for (double& value : x) value = stored(Storage::kBFloat16, static_cast<float>(value));
  }
  for (int64_t i = 0; i < m.outputs; ++i) {
    for (int64_t k = 0; k < m.inputs; ++k) y[i] += x[k] * m.values[i * m.inputs + k];
  }
  return y;
}

void norm(double* x, int64_t width, const std::vector<float>& weight, double eps) {
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) sum += x[i] * x[i];
  for (int64_t i = 0; i < width; ++i) x[i] *= weight[i] / std::sqrt(sum / width + eps);
}

std::vector<Doubles> definition(const Case& c, bool rounds) {
  const auto& s = c.shape;
  const auto count = static_cast<int64_t>(c.tokens.size());
  std::vector<Doubles> x(count);
  for (int64_t t = 0; t < count; ++t) x[t].assign(&c.embeddings[t * s.hidden], &c.embeddings[(t + 1) * s.hidden]);
  for (const Layer& layer : c.layers) {
    std::vector<Doubles> q(count), k(count), v(count);
    for (int64_t t = 0; t < count; ++t) {
      Doubles n = x[t];
      norm(n.data(), s.hidden, layer.inputNorm, s.eps);
      q[t] = times(layer.q, n, rounds), k[t] = times(layer.k, n, rounds), v[t] = times(layer.v, n, rounds);
      if (!layer.qkvBias.empty()) {
        const float* bias = layer.qkvBias.data();
        for (Doubles* part : {&q[t], &k[t], &v[t]}) {
          for (double& value : *part) value += *bias++;
        }
      }
      const auto prepare = [&](Doubles& heads, const std::vector<float>& weight) {
        for (size_t at = 0; at < heads.size(); at += s.headDim) {
          if (!weight.empty()) norm(&heads[at], s.headDim, weight, s.eps);
          for (int64_t d = 0; d < s.headDim / 2; ++d) {
            const double cos = std::cos(angle(c, c.tokens[t], d)), sin = std::sin(angle(c, c.tokens[t], d));
            const double a = heads[at + d], b = heads[at + d + s.headDim / 2];
            heads[at + d] = a * cos - b * sin, heads[at + d + s.headDim / 2] = b * cos + a * sin;
          }
        }
      };
      prepare(q[t], layer.qNorm);
      prepare(k[t], layer.kNorm);
      for (Doubles* part : {&k[t], &v[t]}) {
        for (double& value : *part) value = c.cache == Storage::kFloat ? value : stored(c.cache, static_cast<float>(value));
      }
    }
    for (int64_t t = 0; t < count; ++t) {
      const Token& own = c.tokens[t];
      std::vector<int64_t> keys;
      for (int64_t j = 0; j < count; ++j) {
        const Token& other = c.tokens[j];
        bool onPath = other.node == own.node && other.index <= own.index;
        for (int n = c.parents[own.node]; n >= 0; n = c.parents[n]) onPath |= other.node == n;
        const bool near = layer.window < 0 || own.position - other.position <= layer.window;
        if (onPath && near && (c.gates[own.node] >> (8 * own.modality + other.modality) & 1)) keys.push_back(j);
      }
      Doubles attended(s.heads * s.headDim);
      for (int64_t h = 0; h < s.heads; ++h) {
        const int64_t kv = h / (s.heads / s.kvHeads) * s.headDim;
        Doubles scores;
        double largest = -INFINITY, sum = 0;
        for (const int64_t j : keys) {
          double score = 0;
          for (int64_t d = 0; d < s.headDim; ++d) score += q[t][h * s.headDim + d] * k[j][kv + d];
          scores.push_back(score / std::sqrt(static_cast<double>(s.headDim)));
          largest = std::max(largest, scores.back());
        }
        for (double& score : scores) sum += score = std::exp(score - largest);
        for (size_t i = 0; i < keys.size(); ++i) {
          for (int64_t d = 0; d < s.headDim; ++d) attended[h * s.headDim + d] += scores[i] / sum * v[keys[i]][kv + d];
        }
      }
      const Doubles out = times(layer.out, attended, rounds);
      for (int64_t i = 0; i < s.hidden; ++i) x[t][i] += out[i] + (layer.outBias.empty() ? 0 : layer.outBias[i]);
      Doubles n = x[t];
      norm(n.data(), s.hidden, layer.postNorm, s.eps);
      Doubles gate = times(layer.gate, n, rounds);
      const Doubles up = times(layer.up, n, rounds);
      for (int64_t i = 0; i < s.intermediate; ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
      const Doubles down = times(layer.down, gate, rounds);
      for (int64_t i = 0; i < s.hidden; ++i) x[t][i] += down[i];
    }
  }
  for (Doubles& row : x) norm(row.data(), s.hidden, c.finalNorm, s.eps);
  return x;
}

// ---- the engines --------------------------------------------------------------------------------------------------

Parallel threads(int workers) {
  return {workers, [](int count, const std::function<void(int)>& body) {
            std::vector<std::thread> pool;
            for (int worker = 0; worker < count; ++worker) pool.emplace_back(body, worker);
            for (std::thread& thread : pool) thread.join();
          }};
}

// Whether a pass whose end is asked for before it begins ends so, and computes nothing.
bool isStopped(const Engine& engine, Pass pass, const std::vector<float>& hidden, const earsight::Parallel& parallel) {
  const std::atomic<bool> stop{true};
  const std::vector<float> before = hidden;
  pass.stop = &stop;
  try {
    engine.forward(pass, parallel);
    return false;
  } catch (const earsight::decode::Stopped&) {
    return hidden == before;
  }
}

// Passes of tokens in the order of `passes`, each a list of tokens.
std::vector<float> engineResults(const Engine& engine, const Case& c, const std::vector<std::vector<int64_t>>& passes,
                                 const Parallel& parallel, int64_t allocations = -1) {
  const auto& s = c.shape;
  DecoderWeights weights{s, {}, c.finalNorm.data()};
  const auto orNull = [](const std::vector<float>& x) { return x.empty() ? nullptr : x.data(); };
  for (const Layer& layer : c.layers) {
    weights.layers.push_back({layer.inputNorm.data(), packed(c.weights, layer.qkv), orNull(layer.qkvBias),
                              orNull(layer.qNorm), orNull(layer.kNorm), packed(c.weights, layer.out),
                              orNull(layer.outBias), layer.postNorm.data(), packed(c.weights, layer.gateUp),
                              packed(c.weights, layer.down), layer.window});
  }
  const KvShape cache{static_cast<int64_t>(c.layers.size()), s.kvHeads, s.headDim, c.cache};
  std::vector<KvNode> nodes(c.parents.size());
  std::vector<int64_t> begins;
  for (size_t n = 0, at = 0; n < nodes.size(); ++n) {
    nodes[n].gate = c.gates[n];
    if (c.parents[n] >= 0) {
      nodes[n].parent = &nodes[c.parents[n]];
      nodes[n].before = nodes[n].parent->before + c.lengths[c.parents[n]];
    }
    begins.push_back(static_cast<int64_t>(at));
    at += c.lengths[n];
  }
  std::vector<float> results(c.embeddings.size());
  for (const std::vector<int64_t>& pass : passes) {
    std::vector<Row> rows;
    std::vector<float> cos, sin, hidden;
    for (const int64_t t : pass) {
      const Token& token = c.tokens[t];
      KvNode& node = nodes[token.node];
      if (token.index % kPanel == 0) node.pages.push_back(std::make_shared<KvPage>(cache));
      node.modality.push_back(token.modality);
      rows.push_back({&node, token.index});
      for (int64_t d = 0; d < s.headDim / 2; ++d) {
        cos.push_back(std::cos(angle(c, token, d)));
        sin.push_back(std::sin(angle(c, token, d)));
      }
      hidden.insert(hidden.end(), &c.embeddings[t * s.hidden], &c.embeddings[(t + 1) * s.hidden]);
    }
    const AttentionPlan plan(rows);
    if (!isStopped(engine, {weights, cache, rows, plan, cos.data(), sin.data(), hidden.data()}, hidden, parallel)) {
      std::printf("  a pass that is stopped went on\n");
      return std::vector<float>(results.size(), NAN);
    }
    allocationsLeft = allocations;
    engine.forward({weights, cache, rows, plan, cos.data(), sin.data(), hidden.data()}, parallel);
    allocationsLeft = -1;
    for (size_t i = 0; i < pass.size(); ++i) {
      std::copy_n(&hidden[i * s.hidden], s.hidden, &results[pass[i] * s.hidden]);
    }
  }
  return results;
}

bool rounds(const Engine& engine, Storage storage) { return engine.roundsInputs && storage == Storage::kBFloat16; }

bool check(const Engine& engine, const Case& c, const std::vector<Doubles>& expected, uint64_t seed) {
  // All at once; a token at a time; nodes cut in two, level by level.
  const auto count = static_cast<int64_t>(c.tokens.size());
  std::vector<std::vector<int64_t>> together(1), alone, mixed;
  for (int64_t t = 0; t < count; ++t) {
    together[0].push_back(t);
    alone.push_back({t});
  }
  for (int64_t done = 0, step = 1; done < count; ++step) {
    // Tokens of index `step` below a cut that differs from node to node.
    mixed.emplace_back();
    std::map<int, int64_t> cuts;
    for (int64_t t = 0; t < count; ++t) {
      const Token& token = c.tokens[t];
      int64_t level = 1;
      for (int n = c.parents[token.node]; n >= 0; n = c.parents[n]) ++level;
      const bool second = token.index >= c.lengths[token.node] / 2;
      if (2 * level - 1 + second == step) mixed.back().push_back(t), ++done;
    }
  }
  const std::vector<float> results = engineResults(engine, c, together, threads(1));
  double worst = 0;
  for (int64_t t = 0; t < count; ++t) {
    for (int64_t i = 0; i < c.shape.hidden; ++i) {
      worst = std::max(worst, std::abs(results[t * c.shape.hidden + i] - expected[t][i]));
      if (std::isnan(results[t * c.shape.hidden + i]) != std::isnan(expected[t][i])) worst = INFINITY;
    }
  }
  // What rounds the other way moves a result by a step of bfloat16.
  const double limit = c.cache == Storage::kFloat && !rounds(engine, c.weights) ? 2e-5 : 2e-2;
  bool right = worst <= limit;
  if (!right) std::printf("  case %llu: off by %g\n", static_cast<unsigned long long>(seed), worst);
  const auto same = [&](const char* what, const std::vector<std::vector<int64_t>>& passes, int workers) {
    const std::vector<float> other = engineResults(engine, c, passes, threads(workers));
    if (std::memcmp(other.data(), results.data(), results.size() * sizeof(float)) == 0) return;
    std::printf("  case %llu: other bits %s\n", static_cast<unsigned long long>(seed), what);
    right = false;
  };
  same("with three threads", together, 3);
  same("a token a pass", alone, 1);
  same("in halves of nodes, three threads", mixed, 3);
  return right;
}

// ---- products -----------------------------------------------------------------------------------------------------

// Products of up to 20 rows against doubles: what an engine rounds is rounded alike here, so only the sums differ.
bool checkProducts(const Engine& engine, uint64_t seed) {
  generator.seed(seed);
  const Storage storage = generator() % 2 ? Storage::kFloat : Storage::kBFloat16;
  const int64_t rows = 1 + static_cast<int64_t>(generator() % 20), inputs = pick({1, 2, 7, 64, 129, 500});
  Matrix m = matrix(storage, pick({1, 32, 40, 129, 300}), inputs);
  pack(storage, m);
  const std::vector<float> x = floats(rows * inputs, 1);
  std::vector<float> y(rows * m.outputs);
  engine.product(packed(storage, m), x.data(), rows, nullptr, y.data(), threads(1));
  double worst = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const Doubles expected = times(m, Doubles(&x[row * inputs], &x[(row + 1) * inputs]), rounds(engine, storage));
    for (int64_t i = 0; i < m.outputs; ++i) worst = std::max(worst, std::abs(y[row * m.outputs + i] - expected[i]));
  }
  if (worst <= 2e-6) return true;
  std::printf("  products %llu: off by %g\n", static_cast<unsigned long long>(seed), worst);
  return false;
}

// ---- choices ------------------------------------------------------------------------------------------------------

// The reference's view of one row: whether `got` may be its choice, given that logits have an error.
bool isRight(const Engine& engine, const ChoiceCase& c, int64_t row, const Choice& got) {
  const auto& [sampling, uniform, seen, given] = c.settings[row];
  const double temperature = sampling.temperature == 0 ? 1 : sampling.temperature;
  const int64_t vocabulary = c.head.outputs;
  Doubles z = times(c.head, Doubles(&c.hidden[row * c.head.inputs], &c.hidden[(row + 1) * c.head.inputs]),
                    rounds(engine, c.storage));
  double largest = -INFINITY, total = 0, entropy = 0;
  for (double& x : z) largest = std::max(largest, x /= temperature);
  for (const double x : z) total += std::exp(x - largest);
  const double lse = largest + std::log(total);
  for (const double x : z) entropy -= std::exp(x - lse) * (x - lse);
  if (got.isBad || got.token < 0 || got.token >= vocabulary) return false;
  if (std::abs(got.logprob - (z[got.token] - lse)) > 1e-4 || std::abs(got.entropy - entropy) > 1e-4) return false;
  if (seen != nullptr) {
    for (int64_t i = 0; i < vocabulary; ++i) {
      if (seen[i / 32] >> i % 32 & 1) z[i] = z[i] > 0 ? z[i] / sampling.repetitionPenalty : z[i] * sampling.repetitionPenalty;
    }
  }
  constexpr double kDoubt = 1e-4;
  const double top = *std::max_element(z.begin(), z.end());
  if (sampling.temperature == 0) return z[got.token] >= top - kDoubt;
  std::vector<int64_t> order(vocabulary);
  for (int64_t i = 0; i < vocabulary; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return z[a] > z[b]; });
  const auto mass = [&](int64_t i) { return std::exp(z[i] - top); };
  size_t kept = order.size();
  bool isUnsure = false;  // a limit lies within the error of the logits
  if (sampling.topK > 0 && sampling.topK < vocabulary) {
    kept = sampling.topK;
    isUnsure |= z[order[kept - 1]] - z[order[kept]] < kDoubt;
  }
  if (sampling.topP < 1) {
    double sum = 0, before = 0;
    for (size_t i = 0; i < kept; ++i) sum += mass(order[i]);
    size_t count = 0;
    for (; count < kept && before < sampling.topP * sum; ++count) {
      before += mass(order[count]);
      isUnsure |= std::abs(before - sampling.topP * sum) < kDoubt * sum;
    }
    kept = count;
  }
  if (sampling.minP > 0) {
    for (size_t i = 0; i < kept; ++i) isUnsure |= std::abs(mass(order[i]) - sampling.minP) < kDoubt;
    while (mass(order[kept - 1]) < sampling.minP) --kept;
  }
  if (isUnsure) return true;
  order.resize(kept);
  std::sort(order.begin(), order.end());
  double sum = 0, before = 0;
  for (const int64_t i : order) sum += mass(i);
  for (const int64_t i : order) {
    const double after = before + mass(i);
    if (i == got.token) return before - kDoubt * sum <= uniform * sum && uniform * sum <= after + kDoubt * sum;
    before = after;
  }
  return false;
}

std::vector<Choice> choicesOf(const Engine& engine, const ChoiceCase& c, int64_t first, int64_t last, int workers) {
  std::vector<Choice> out(last - first);
  const std::span<const ChoiceRow> all(c.settings);
  engine.choose(packed(c.storage, c.head), &c.hidden[first * c.head.inputs], all.subspan(first, last - first), out.data(),
                threads(workers));
  return out;
}

bool checkChoices(const Engine& engine, const ChoiceCase& c, uint64_t seed) {
  const std::vector<Choice> together = choicesOf(engine, c, 0, c.rows, 1), others = choicesOf(engine, c, 0, c.rows, 3);
  bool right = true;
  for (int64_t row = 0; row < c.rows; ++row) {
    const Choice& got = together[row];
    bool isSame = true;
    for (const Choice& other : {others[row], choicesOf(engine, c, row, row + 1, 1)[0]}) {
      isSame &= other.token == got.token && other.logprob == got.logprob && other.entropy == got.entropy;
    }
    if (isSame && isRight(engine, c, row, got)) continue;
    std::printf("  choices %llu, row %lld: token %lld, logprob %g%s\n", static_cast<unsigned long long>(seed),
                static_cast<long long>(row), static_cast<long long>(got.token), got.logprob,
                isSame ? "" : ", others alone or with three threads");
    right = false;
  }
  return right;
}

// ---- failed allocations -------------------------------------------------------------------------------------------

// Calls work(allocations) with 0, 1, ... allocations, until none fails. -> how often std::bad_alloc came out
int failures(const auto& work) {
  for (int allocations = 0;; ++allocations) {
    try {
      work(allocations);
      allocationsLeft = -1;
      return allocations;
    } catch (const std::bad_alloc&) {
      allocationsLeft = -1;
    }
  }
}

// Every allocation of a pass and of a choice fails once: std::bad_alloc reaches the caller, from workers too.
bool checkFailures(const Engine& engine) {
  sampler::WorkerPool pool(2);
  const Case c = randomCase(1);
  std::vector<std::vector<int64_t>> pass(1);
  for (size_t t = 0; t < c.tokens.size(); ++t) pass[0].push_back(static_cast<int64_t>(t));
  const ChoiceCase choices = randomChoices(1);
  const int inPass = failures([&](int allocations) { engineResults(engine, c, pass, pool.parallel(), allocations); });
  const int inChoice = failures([&](int allocations) {
    std::vector<Choice> out(choices.rows);
    const PackedMatrix head = packed(choices.storage, choices.head);
    allocationsLeft = allocations;
    engine.choose(head, choices.hidden.data(), choices.settings, out.data(), pool.parallel());
  });
  if (inPass > 5 && inChoice > choices.rows) return true;
  std::printf("  %d of a pass's allocations failed, %d of a choice's\n", inPass, inChoice);
  return false;
}

}  // namespace
}  // namespace earsight::decode

int main(int argc, char** argv) {
  using namespace earsight::decode;
  const int cases = argc > 1 ? std::atoi(argv[1]) : 40;
  bool right = true;
  for (const Engine* engine : engines()) {
    if (!earsight::offers(earsight::machineFeatures(), engine->isa)) {
      std::printf("%s: skipped, this machine does not offer it\n", engine->name);
      continue;
    }
    int differences = !checkFailures(*engine);
    for (int i = 0; i < cases; ++i) {
      const Case c = randomCase(i);
      differences += !check(*engine, c, definition(c, rounds(*engine, c.weights)), i);
      differences += !checkProducts(*engine, i);
      differences += !checkChoices(*engine, randomChoices(i), i);
    }
    std::printf("%s: %d cases, %d differences\n", engine->name, cases, differences);
    right &= differences == 0;
  }
  return right ? 0 : 1;
}
