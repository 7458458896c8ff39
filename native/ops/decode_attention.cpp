// earsight::decode_attention: the decoder's attention over a cache of keys and values (native/kernels/decode) as an
// operator. Keys and values go into pages first, as the sampling loop stores them. It has no gradient.
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/library.h>

#include <cmath>
#include <deque>
#include <map>
#include <stdexcept>

#include "../kernels/attention/nodes.h"
#include "../kernels/decode/engine.h"
#include "attention_inputs.h"
#include "packed_inputs.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using attention::Node;
using decode::KvNode;
using decode::kPanel;

constexpr const char* kOp = "decode_attention";

// The engine's rows are tokens that were just stored: causal, with a key each, of the key's modality.
std::vector<Node> readForest(const at::Tensor& table, int64_t tq, int64_t tk) {
  const std::vector<Node> nodes = translated(kOp, [&] {
    return attention::readNodes({table.const_data_ptr<int64_t>(), static_cast<size_t>(table.numel())}, tq, tk);
  });
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (node.queries() == 0) continue;
    TORCH_CHECK_VALUE(node.causal, kOp, ": node ", i, ", column causal: expected 1 where there are queries, got 0");
    TORCH_CHECK_VALUE(node.queries() <= node.keys(), kOp, ": node ", i, ", column q1: expected at most ",
                      node.q0 + node.keys(), ", a key of its own for each query, got ", node.q1);
  }
  return nodes;
}

// A cache that holds the forest's keys and values: k, v float32 [Tk, heads, width].
struct Cache {
  decode::KvShape shape;
  std::deque<KvNode> nodes;  // in the table's order; they point to each other

  Cache(const decode::KvShape& of, const std::vector<Node>& forest, const at::Tensor& k, const at::Tensor& v,
        const uint8_t* modality)
      : shape(of) {
    struct Part {
      decode::KvPage* page;
      int64_t first, end;  // key rows
    };
    std::vector<Part> parts;
    for (const Node& from : forest) {
      KvNode& node = nodes.emplace_back();
      if (from.parent >= 0) node.parent = &nodes[from.parent];
      node.before = from.pathKeys;
      node.level = from.level;
      node.gate = from.gate;
      for (int64_t key = from.k0; key < from.k1; key += kPanel) {
        node.pages.push_back(std::make_shared<decode::KvPage>(shape));
        parts.push_back({node.pages.back().get(), key, std::min(from.k1, key + kPanel)});
      }
      node.modality.resize(from.keys());
      if (modality != nullptr) std::copy(modality + from.k0, modality + from.k1, node.modality.begin());
    }
    const auto* const keys = k.const_data_ptr<float>();
    const auto* const values = v.const_data_ptr<float>();
    forEachTask(torchParallel(), static_cast<int64_t>(parts.size()), [&](int64_t part, int) {
      const auto& [page, first, end] = parts[part];
      for (int64_t key = first; key < end; ++key) {
        for (int64_t head = 0; head < shape.kvHeads; ++head) {
          const int64_t at = (key * shape.kvHeads + head) * shape.headDim;
          page->write(shape, 0, head, key - first, keys + at, values + at);
        }
      }
    });
  }
};

// Rows of one window: the engine has one for all rows of a layer.
struct WindowRows {
  std::vector<decode::Row> rows;
  std::vector<int64_t> queries;  // rows of q
};

std::map<int64_t, WindowRows> rowsByWindow(const std::vector<Node>& forest, const Cache& cache) {
  std::map<int64_t, WindowRows> all;
  for (size_t i = 0; i < forest.size(); ++i) {
    const Node& node = forest[i];
    for (int64_t query = node.q0; query < node.q1; ++query) {
      WindowRows& of = all[node.window];
      of.rows.push_back({&cache.nodes[i], node.keys() - (node.q1 - query)});
      of.queries.push_back(query);
    }
  }
  return all;
}

// q, out: float32 [Tq, heads, width]
void attend(const Cache& cache, const WindowRows& of, int64_t window, double scale, const at::Tensor& q,
            const at::Tensor& out) {
  const int64_t size = q.size(1) * q.size(2);
  const auto count = static_cast<int64_t>(of.rows.size());
  std::vector<float> queries(count * size), results(count * size);
  for (int64_t row = 0; row < count; ++row) {
    const float* const from = q.const_data_ptr<float>() + of.queries[row] * size;
    for (int64_t i = 0; i < size; ++i) queries[row * size + i] = from[i] * static_cast<float>(scale);
  }
  const decode::AttentionPlan plan(of.rows);
  decode::exactEngineFor(chosenIsa()).attend(
      {cache.shape, q.size(1), 0, window, of.rows, plan, queries.data()}, results.data(), torchParallel());
  for (int64_t row = 0; row < count; ++row) {
    std::copy_n(&results[row * size], size, out.mutable_data_ptr<float>() + of.queries[row] * size);
  }
}

at::Tensor decodeAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& nodes,
                           const OptionalTensor& modality, std::optional<double> scale,
                           std::optional<at::ScalarType> dtype) {
  checkAttentionTensors(kOp, q, k, v);
  for (const auto& [name, tensor] : {std::pair("q", &q), std::pair("k", &k), std::pair("v", &v)}) {
    checkPackedInput(kOp, name, *tensor);
  }
  const int64_t width = q.size(2);
  TORCH_CHECK_VALUE(v.size(2) == width, kOp, ": v: expected k's width ", width, ", got ", v.size(2));
  const decode::Storage storage = storageOf(kOp, k, dtype);
  const at::Tensor table = readNodesTensor(kOp, nodes);
  const at::Tensor modalities = readModality(kOp, "modality", modality, k.size(0), q.device());
  const std::vector<Node> forest = readForest(table, q.size(0), k.size(0));
  if (q.is_meta()) return at::empty(q.sizes(), q.options());
  const auto floats = [](const at::Tensor& x) { return contiguousValues(x.detach().to(at::kFloat)); };
  const Cache cache({1, k.size(1), width, storage}, forest, floats(k), floats(v), valuesOrNull<uint8_t>(modalities));
  const at::Tensor out = at::zeros(q.sizes(), q.options().dtype(at::kFloat)), queries = floats(q);
  for (const auto& [window, of] : rowsByWindow(forest, cache)) {
    attend(cache, of, window, scale.value_or(1 / std::sqrt(static_cast<double>(width))), queries, out);
  }
  return out.to(q.scalar_type());
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("decode_attention", decodeAttention); }

}  // namespace earsight
