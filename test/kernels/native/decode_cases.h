// Random decoders with packed weights, and trees of tokens.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "../../../native/kernels/decode/engine.h"

namespace earsight::decode {
namespace {

using Doubles = std::vector<double>;

struct Matrix {
  int64_t outputs, inputs;
  std::vector<float> values;  // as the storage holds them
  std::vector<std::byte> packed;
};

struct Layer {
  Matrix q, k, v, out, gate, up, down, qkv, gateUp;
  std::vector<float> inputNorm, postNorm, qNorm, kNorm, qkvBias, outBias;
  int64_t window;
};

struct Token {
  int node;
  int64_t index, position;
  uint8_t modality;
};

struct Case {
  DecoderShape shape;
  Storage weights, cache;
  std::vector<Layer> layers;
  std::vector<float> finalNorm;
  std::vector<int> parents;
  std::vector<int64_t> lengths;
  std::vector<uint64_t> gates;
  std::vector<Token> tokens;  // nodes one after the other
  std::vector<float> embeddings;
};

std::mt19937_64 generator;
int64_t pick(std::initializer_list<int64_t> values) { return values.begin()[generator() % values.size()]; }
float uniform() { return static_cast<float>(generator() >> 11) * 0x1p-52f - 1; }
std::vector<float> floats(int64_t count, float size, float shift = 0) {
  std::vector<float> out(count);
  for (float& x : out) x = uniform() * size + shift;
  return out;
}

float stored(Storage storage, float x) { return storage == Storage::kFloat ? x : static_cast<float>(BFloat16(x)); }

Matrix matrix(Storage storage, int64_t outputs, int64_t inputs) {
  Matrix m{outputs, inputs, floats(outputs * inputs, 1.7f / std::sqrt(static_cast<float>(inputs))), {}};
  for (float& x : m.values) x = stored(storage, x);
  return m;
}

void pack(Storage storage, Matrix& m) {
  const PackedMatrix shape{storage, m.outputs, m.inputs, nullptr};
  m.packed.resize(packedBytes(storage, m.outputs, m.inputs));
  packPanels(shape, m.packed.data(), 0, shape.panels(), [&](int64_t row) { return &m.values[row * m.inputs]; });
}

PackedMatrix packed(Storage storage, const Matrix& m) { return {storage, m.outputs, m.inputs, m.packed.data()}; }

Matrix below(std::initializer_list<const Matrix*> parts) {
  Matrix all{0, (*parts.begin())->inputs, {}, {}};
  for (const Matrix* part : parts) {
    all.outputs += part->outputs;
    all.values.insert(all.values.end(), part->values.begin(), part->values.end());
  }
  return all;
}

// Panels of gate and up in turn.
Matrix inTurn(const Matrix& gate, const Matrix& up) {
  Matrix all{(gate.outputs + kPanel - 1) / kPanel * kPanel * 2, gate.inputs, {}, {}};
  all.values.resize(all.outputs * all.inputs);
  for (int64_t i = 0; i < gate.outputs; ++i) {
    for (const auto& [from, half] : {std::pair(&gate, 0), std::pair(&up, 1)}) {
      std::copy_n(&from->values[i * gate.inputs], gate.inputs,
                  &all.values[(i / kPanel * 2 * kPanel + half * kPanel + i % kPanel) * gate.inputs]);
    }
  }
  return all;
}

Case randomCase(uint64_t seed) {
  generator.seed(seed);
  Case c;
  const int64_t kvHeads = pick({1, 2, 3}), headDim = pick({8, 16, 32, 48, 64});
  c.shape = {pick({24, 64, 73, 160}), kvHeads * pick({1, 2, 7}), kvHeads, headDim, pick({40, 64, 101, 224}), 1e-6f};
  c.weights = generator() % 2 ? Storage::kFloat : Storage::kBFloat16;
  c.cache = generator() % 2 ? Storage::kFloat : Storage::kBFloat16;
  const auto& s = c.shape;
  const bool bias = generator() % 2, norms = generator() % 2;
  for (int64_t l = 0; l < 2; ++l) {
    Layer layer;
    layer.q = matrix(c.weights, s.heads * headDim, s.hidden);
    layer.k = matrix(c.weights, kvHeads * headDim, s.hidden);
    layer.v = matrix(c.weights, kvHeads * headDim, s.hidden);
    layer.out = matrix(c.weights, s.hidden, s.heads * headDim);
    layer.gate = matrix(c.weights, s.intermediate, s.hidden);
    layer.up = matrix(c.weights, s.intermediate, s.hidden);
    layer.down = matrix(c.weights, s.hidden, s.intermediate);
    layer.qkv = below({&layer.q, &layer.k, &layer.v});
    layer.gateUp = inTurn(layer.gate, layer.up);
    for (Matrix* m : {&layer.qkv, &layer.out, &layer.gateUp, &layer.down}) pack(c.weights, *m);
    layer.inputNorm = floats(s.hidden, 0.3f, 1);
    layer.postNorm = floats(s.hidden, 0.3f, 1);
    if (norms) layer.qNorm = floats(headDim, 0.3f, 1), layer.kNorm = floats(headDim, 0.3f, 1);
    if (bias) layer.qkvBias = floats(s.qkvOutputs(), 0.5f), layer.outBias = floats(s.hidden, 0.5f);
    layer.window = pick({-1, -1, 0, 5, 100});
    c.layers.push_back(std::move(layer));
  }
  c.finalNorm = floats(s.hidden, 0.3f, 1);
  const int nodes = static_cast<int>(pick({1, 3, 6, 12}));
  for (int n = 0; n < nodes; ++n) {
    c.parents.push_back(n == 0 ? -1 : static_cast<int>(generator() % (n + 1)) - 1);
    c.lengths.push_back(n == 0 ? pick({1, 31, 32, 33, 70, 300}) : pick({1, 2, 8, 33, 40}));
    c.gates.push_back(generator() % 3 ? ~uint64_t{0} : 0xfffffffffffffffdu ^ (generator() % 2 << 9));
    int64_t before = 0;
    for (int p = c.parents[n]; p >= 0; p = c.parents[p]) before += c.lengths[p];
    for (int64_t i = 0; i < c.lengths[n]; ++i) {
      c.tokens.push_back({n, i, before + i, static_cast<uint8_t>(generator() % 3)});
    }
  }
  c.embeddings = floats(static_cast<int64_t>(c.tokens.size()) * s.hidden, 1);
  return c;
}

float angle(const Case& c, const Token& token, int64_t d) {
  return static_cast<float>(token.position) * std::pow(100.0f, -2.0f * static_cast<float>(d) / c.shape.headDim);
}

struct ChoiceCase {
  Storage storage;
  Matrix head;
  int64_t rows;
  std::vector<float> hidden;
  std::vector<ChoiceRow> settings;
  std::vector<std::vector<uint32_t>> seen;
};

ChoiceCase randomChoices(uint64_t seed) {
  generator.seed(seed);
  ChoiceCase c;
  c.storage = generator() % 2 ? Storage::kFloat : Storage::kBFloat16;
  const int64_t hidden = pick({8, 33, 64}), vocabulary = pick({5, 32, 100, 128, 129, 1000, 3000});
  c.head = matrix(c.storage, vocabulary, hidden);
  pack(c.storage, c.head);
  c.rows = pick({1, 2, 7, 9, 20});
  c.hidden = floats(c.rows * hidden, static_cast<float>(pick({1, 3, 10})));
  for (int64_t row = 0; row < c.rows; ++row) {
    ChoiceRow r{{}, static_cast<double>(generator() >> 11) * 0x1p-53, nullptr};
    r.sampling.temperature = static_cast<float>(pick({0, 1, 2, 3})) * 0.5f;
    r.sampling.topK = pick({0, 0, 1, 3, 40, 5000});
    r.sampling.topP = static_cast<float>(pick({10, 10, 3, 8})) / 10;
    r.sampling.minP = static_cast<float>(pick({0, 0, 1, 5})) / 10;
    r.sampling.repetitionPenalty = static_cast<float>(pick({10, 10, 15, 8})) / 10;
    c.seen.emplace_back((vocabulary + kPanel - 1) / kPanel);
    for (int64_t token = 0; token < vocabulary; ++token) {
      if (generator() % 5 == 0) c.seen.back()[token / 32] |= 1u << token % 32;
    }
    c.settings.push_back(r);
  }
  for (int64_t row = 0; row < c.rows; ++row) {
    if (generator() % 4) c.settings[row].seen = c.seen[row].data();
  }
  return c;
}

}  // namespace
}  // namespace earsight::decode
