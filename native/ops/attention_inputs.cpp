#include "attention_inputs.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "values.h"

namespace earsight {

namespace {

constexpr const char* kOp = "av_attention";

bool given(const OptionalTensor& tensor) { return tensor.has_value() && tensor->defined(); }

bool onMeta(const at::Tensor& tensor) { return tensor.defined() && tensor.is_meta(); }

// A rotary table [rows, D/2] of x, in the sums' dtype on x's device.
at::Tensor readTable(const char* name, const OptionalTensor& table, const at::Tensor& x, const char* rowsOf,
                     at::ScalarType working) {
  TORCH_CHECK_VALUE(given(table), kOp, ": ", name, ": missing; rotary tables come in pairs of cos and sin");
  TORCH_CHECK_TYPE(table->scalar_type() == at::kFloat || table->scalar_type() == at::kDouble, kOp, ": ", name,
                   ": expected dtype float32, got ", table->scalar_type());
  TORCH_CHECK_VALUE(x.size(2) % 2 == 0, kOp, ": ", name, ": rotary needs an even head width, got ", x.size(2));
  const int64_t rows = x.size(0), half = x.size(2) / 2;
  TORCH_CHECK_VALUE(table->dim() == 2 && table->size(0) == rows && table->size(1) == half, kOp, ": ", name,
                    ": expected shape [", rows, ", ", half, "] (rows of ", rowsOf, ", half the head width), got ",
                    table->sizes());
  checkHasValues(kOp, name, *table, x.device());
  return contiguousValues(table->detach().to(x.options().dtype(working)));
}

// Its values are not checked: a GPU reads them where they are.
at::Tensor readKeyEnd(const at::Tensor& keyEnd, const at::Tensor& q) {
  TORCH_CHECK_TYPE(keyEnd.scalar_type() == at::kLong, kOp, ": key_end: expected dtype int64, got ",
                   keyEnd.scalar_type());
  TORCH_CHECK_VALUE(keyEnd.dim() == 1 && keyEnd.size(0) == q.size(0), kOp, ": key_end: expected shape [", q.size(0),
                    "], got ", keyEnd.sizes());
  TORCH_CHECK_VALUE(keyEnd.device() == q.device(), kOp, ": key_end: expected q's device ", q.device(), ", got ",
                    keyEnd.device());
  return contiguousValues(keyEnd);
}

attention::PlanInput planInput(const at::Tensor& nodes, const at::Tensor& modality, const at::Tensor& queryModality,
                               int64_t tq, int64_t tk) {
  return {{nodes.const_data_ptr<int64_t>(), static_cast<size_t>(nodes.numel())},
          valuesOrNull<uint8_t>(modality), valuesOrNull<uint8_t>(queryModality), tq, tk};
}

at::Tensor build(std::string_view op, const attention::PlanInput& input, int64_t tileRows = attention::kTileRows) {
  const auto words = translated(op, [&] { return attention::buildPlan(input, tileRows); });
  at::Tensor plan = at::empty({static_cast<int64_t>(words.size())}, at::kLong);
  std::memcpy(plan.mutable_data_ptr<int64_t>(), words.data(), words.size() * sizeof(int64_t));
  return plan;
}

}  // namespace

void checkAttentionTensors(std::string_view op, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  for (const auto& [name, tensor] : {std::pair("q", &q), std::pair("k", &k), std::pair("v", &v)}) {
    TORCH_CHECK_VALUE(tensor->dim() == 3, op, ": ", name, ": expected shape [rows, heads, width], got ",
                      tensor->sizes());
    TORCH_CHECK_VALUE(tensor->size(1) > 0 && tensor->size(2) > 0, op, ": ", name,
                      ": expected at least one head and a width of at least 1, got ", tensor->sizes());
    TORCH_CHECK_TYPE(tensor->scalar_type() == q.scalar_type(), op, ": ", name, ": expected q's dtype ",
                     q.scalar_type(), ", got ", tensor->scalar_type());
    TORCH_CHECK_VALUE(tensor->device() == q.device(), op, ": ", name, ": expected q's device ", q.device(), ", got ",
                      tensor->device());
  }
  const auto dtype = q.scalar_type();
  TORCH_CHECK_TYPE(dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf || dtype == at::kDouble, op,
                   ": q: expected float32, bfloat16, float16 or float64, got ", dtype);
  TORCH_CHECK_VALUE(k.size(2) == q.size(2), op, ": k: expected q's width ", q.size(2), ", got ", k.size(2));
  TORCH_CHECK_VALUE(v.size(0) == k.size(0) && v.size(1) == k.size(1), op, ": v: expected k's rows and heads [",
                    k.size(0), ", ", k.size(1), ", Dv], got ", v.sizes());
  TORCH_CHECK_VALUE(q.size(1) % k.size(1) == 0, op, ": q: expected a multiple of k's ", k.size(1), " heads, got ",
                    q.size(1));
}

at::Tensor readNodesTensor(std::string_view op, const at::Tensor& nodes) {
  TORCH_CHECK_TYPE(nodes.scalar_type() == at::kLong, op, ": nodes: expected dtype int64, got ", nodes.scalar_type());
  TORCH_CHECK_VALUE(nodes.dim() == 2 && nodes.size(1) == attention::kNodeColumns, op,
                    ": nodes: expected shape [N, 8], got ", nodes.sizes());
  TORCH_CHECK_VALUE(nodes.is_cpu(), op, ": nodes: expected a CPU tensor, got one on ", nodes.device());
  return contiguousValues(nodes);
}

at::Tensor readModality(std::string_view op, const char* name, const OptionalTensor& modality, int64_t rows,
                        at::Device first) {
  if (!given(modality)) return {};
  TORCH_CHECK_TYPE(modality->scalar_type() == at::kByte, op, ": ", name, ": expected dtype uint8, got ",
                   modality->scalar_type());
  TORCH_CHECK_VALUE(modality->dim() == 1 && modality->size(0) == rows, op, ": ", name, ": expected shape [", rows,
                    "], got ", modality->sizes());
  const at::Tensor result = hostValues(op, name, *modality, first);
  if (result.is_meta()) return result;
  const uint8_t* data = result.const_data_ptr<uint8_t>();
  const uint8_t* wrong =
      std::find_if(data, data + rows, [](uint8_t value) { return value >= attention::kModalities; });
  TORCH_CHECK_VALUE(wrong == data + rows, op, ": ", name, ": row ", wrong - data, ": expected a modality 0..7, got ",
                    static_cast<int>(*wrong));
  return result;
}

at::Tensor buildPlanTensor(std::string_view op, const at::Tensor& nodes, const OptionalTensor& modality,
                           const OptionalTensor& queryModality, int64_t tq, int64_t tk, int64_t tileRows) {
  const at::Tensor table = readNodesTensor(op, nodes);
  const at::Tensor keys = readModality(op, "modality", modality, tk, at::kCPU);
  const at::Tensor queries = readModality(op, "query_modality", queryModality, tq, at::kCPU);
  return build(op, planInput(table, keys, queries, tq, tk), tileRows);
}

attention::Plan openPlanTensor(std::string_view op, const at::Tensor& plan) {
  TORCH_CHECK_VALUE(plan.scalar_type() == at::kLong && plan.dim() == 1 && plan.is_cpu() && plan.is_contiguous() &&
                        !plan._is_zerotensor(),
                    op,
                    ": plan: expected the tensor that av_plan returned, got ", plan.scalar_type(), " ", plan.sizes(),
                    " on ", plan.device());
  return translated(op, [&] {
    return attention::openPlan({plan.const_data_ptr<int64_t>(), static_cast<size_t>(plan.numel())});
  });
}

attention::Plan planOf(const AttentionInputs& inputs) {
  const attention::Plan plan = openPlanTensor(kOp, inputs.plan);
  TORCH_CHECK_VALUE(plan.header->tq == inputs.q.size(0) && plan.header->tk == inputs.k.size(0), kOp,
                    ": plan: replaced by another one between forward and backward");
  return plan;
}

AttentionInputs readAttentionInputs(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                    const at::Tensor& nodes, const OptionalTensor& modality,
                                    const OptionalTensor& queryModality, const OptionalTensor& cos,
                                    const OptionalTensor& sin, const OptionalTensor& keyCos,
                                    const OptionalTensor& keySin, const OptionalTensor& plan,
                                    std::optional<double> scale, const OptionalTensor& keyEnd) {
  checkAttentionTensors(kOp, q, k, v);
  const int64_t tq = q.size(0), tk = k.size(0);
  AttentionInputs inputs{q, k, v, readNodesTensor(kOp, nodes), readModality(kOp, "modality", modality, tk, q.device()),
                         readModality(kOp, "query_modality", queryModality, tq, q.device()), {}, {}, {}, {}, {},
                         scale.value_or(1.0 / std::sqrt(static_cast<double>(q.size(2))))};
  if (given(cos) || given(sin) || given(keyCos) || given(keySin)) {
    inputs.cos = readTable("cos", cos, q, "q", inputs.working());
    inputs.sin = readTable("sin", sin, q, "q", inputs.working());
    if (given(keyCos) || given(keySin)) {
      inputs.keyCos = readTable("key_cos", keyCos, k, "k", inputs.working());
      inputs.keySin = readTable("key_sin", keySin, k, "k", inputs.working());
    } else {
      TORCH_CHECK_VALUE(tq == tk, kOp, ": key_cos: needed where q (", tq, " rows) and k (", tk,
                        " rows) differ in length");
      inputs.keyCos = inputs.cos;
      inputs.keySin = inputs.sin;
    }
  }
  if (given(keyEnd)) inputs.keyEnd = readKeyEnd(*keyEnd, q);
  const attention::PlanInput described = planInput(inputs.nodes, inputs.modality, inputs.queryModality, tq, tk);
  if (given(plan)) {
    const attention::Plan opened = openPlanTensor(kOp, *plan);
    // A plan cannot be compared with modalities that have no values.
    if (!onMeta(inputs.modality) && !onMeta(inputs.queryModality)) {
      translated(kOp, [&] { attention::checkPlan(opened, described); });
    }
    inputs.plan = *plan;
  } else if (q.is_meta()) {
    translated(kOp, [&] { attention::readNodes(described.nodes, tq, tk); });
  } else {
    inputs.plan = build(kOp, described);
  }
  return inputs;
}

}  // namespace earsight
