// earsight::av_attention and earsight::av_plan: attention over a forest of nodes, put together from ATen operators.
//
//   S_ij = scale q_i . k_j        M_i = max_j S_ij        E_ij = exp(S_ij - M_i)        L_i = sum_j E_ij
//   out_i = sum_j E_ij v_j / L_i       lse_i = M_i + log L_i       mass_im = sum_{j: modality m} E_ij / L_i
//
// with j over the visible keys. A row's keys may lie in several buckets of the plan (one a level of its node), so M, L
// and the two numerators are sums (or maxima) scattered back to the packed rows. M is a constant to autograd: it
// cancels in out and mass, and its two appearances in lse cancel as well.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/zeros.h>
#include <torch/library.h>

#include <cmath>
#include <limits>

#include "node_table.h"
#include "plan.h"
#include "rotary.h"
#include "rows.h"

namespace earsight {

namespace {

using OptionalTensor = std::optional<at::Tensor>;

constexpr const char* kOp = "av_attention";

bool given(const OptionalTensor& tensor) { return tensor.has_value() && tensor->defined(); }

struct Sizes {
  int64_t tq, tk, heads, keyHeads, group, width;  // width: D of q and k
};

Sizes checkInputs(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  for (const auto& [name, tensor] : {std::pair("q", &q), std::pair("k", &k), std::pair("v", &v)}) {
    TORCH_CHECK_VALUE(tensor->dim() == 3, kOp, ": ", name, ": expected shape [rows, heads, width], got ",
                      tensor->sizes());
    TORCH_CHECK_VALUE(tensor->size(1) > 0 && tensor->size(2) > 0, kOp, ": ", name,
                      ": expected at least one head and a width of at least 1, got ", tensor->sizes());
    TORCH_CHECK_TYPE(tensor->scalar_type() == q.scalar_type(), kOp, ": ", name, ": expected q's dtype ",
                     q.scalar_type(), ", got ", tensor->scalar_type());
    TORCH_CHECK_VALUE(tensor->device() == q.device(), kOp, ": ", name, ": expected q's device ", q.device(), ", got ",
                      tensor->device());
  }
  const auto dtype = q.scalar_type();
  TORCH_CHECK_TYPE(dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf || dtype == at::kDouble, kOp,
                   ": q: expected float32, bfloat16, float16 or float64, got ", dtype);
  TORCH_CHECK_VALUE(k.size(2) == q.size(2), kOp, ": k: expected q's width ", q.size(2), ", got ", k.size(2));
  TORCH_CHECK_VALUE(v.size(0) == k.size(0) && v.size(1) == k.size(1), kOp, ": v: expected k's rows and heads [",
                    k.size(0), ", ", k.size(1), ", Dv], got ", v.sizes());
  TORCH_CHECK_VALUE(q.size(1) % k.size(1) == 0, kOp, ": q: expected a multiple of k's ", k.size(1), " heads, got ",
                    q.size(1));
  return {q.size(0), k.size(0), q.size(1), k.size(1), q.size(1) / k.size(1), q.size(2)};
}

// A rotary table [rows, D/2] in the working dtype on x's device.
at::Tensor checkTable(const char* name, const OptionalTensor& table, const at::Tensor& x, const char* rowsOf) {
  TORCH_CHECK_VALUE(given(table), kOp, ": ", name, ": missing; rotary tables come in pairs of cos and sin");
  TORCH_CHECK_TYPE(table->scalar_type() == at::kFloat || table->scalar_type() == at::kDouble, kOp, ": ", name,
                   ": expected dtype float32, got ", table->scalar_type());
  TORCH_CHECK_VALUE(x.size(2) % 2 == 0, kOp, ": ", name, ": rotary needs an even head width, got ", x.size(2));
  const int64_t rows = x.size(0), half = x.size(2) / 2;
  TORCH_CHECK_VALUE(table->dim() == 2 && table->size(0) == rows && table->size(1) == half, kOp, ": ", name,
                    ": expected shape [", rows, ", ", half, "] (rows of ", rowsOf, ", half the head width), got ",
                    table->sizes());
  return table->detach().to(x.options());
}

struct Rotary {
  OptionalTensor cos, sin, keyCos, keySin;

  bool any() const { return given(cos) || given(sin) || given(keyCos) || given(keySin); }

  // The tables are small, so the scale rides on them.
  at::Tensor queries(const at::Tensor& q, double scale) const {
    return rotate(q, checkTable("cos", cos, q, "q") * scale, checkTable("sin", sin, q, "q") * scale);
  }

  at::Tensor keys(const at::Tensor& k, int64_t tq) const {
    if (given(keyCos) || given(keySin)) {
      return rotate(k, checkTable("key_cos", keyCos, k, "k"), checkTable("key_sin", keySin, k, "k"));
    }
    TORCH_CHECK_VALUE(tq == k.size(0), kOp, ": key_cos: needed where q (", tq, " rows) and k (", k.size(0),
                      " rows) differ in length");
    return rotate(k, checkTable("cos", cos, k, "k"), checkTable("sin", sin, k, "k"));
  }
};

// One bucket's E: [B * Hk, n * G, m], rows ordered as (query, head of the group).
struct Scores {
  const Bucket& bucket;
  int64_t keyHeads, group;
  at::Tensor values;

  int64_t batch() const { return bucket.queries.size(0); }
  int64_t queries() const { return bucket.queries.size(1); }
  int64_t keys() const { return bucket.keys.size(1); }

  // [B * Hk, n * G, c] or [B * Hk, n * G] -> [B, Hk, n, G * c], as scatterRows takes it.
  at::Tensor byQuery(const at::Tensor& rows) const { return rows.reshape({batch(), keyHeads, queries(), -1}); }

  at::Tensor times(const at::Tensor& perKeyHead) const { return byQuery(at::bmm(values, perKeyHead.flatten(0, 1))); }

  // The right-hand side [B, 1, m, c] is the same for all heads.
  at::Tensor timesShared(const at::Tensor& perItem) const {
    return byQuery(at::bmm(values.view({batch(), -1, keys()}), perItem.squeeze(1)));
  }
};

class Attention {
 public:
  Attention(const Sizes& sizes, const std::vector<Bucket>& buckets, at::ScalarType working)
      : sizes_(sizes), buckets_(buckets), working_(working) {
    for (const Bucket& bucket : buckets) {
      queryRows_.push_back(bucket.queries);
      keyRows_.push_back(bucket.keys);
    }
  }

  // query [Tq, Hq, D], already scaled and rotated, in the working dtype; key [Tk, Hk, D], any dtype.
  void score(const at::Tensor& query, const at::Tensor& key) {
    const auto queries = gatherRows(query.reshape({sizes_.tq, sizes_.keyHeads, -1}), queryRows_, working_);
    const auto keys = gatherRows(key, keyRows_, working_);
    for (size_t i = 0; i < buckets_.size(); ++i) {
      const at::Tensor rows = queries[i].view({queries[i].size(0) * sizes_.keyHeads, -1, sizes_.width});
      scores_.push_back({buckets_[i], sizes_.keyHeads, sizes_.group,
                         at::bmm(rows, keys[i].flatten(0, 1).transpose(1, 2))});
    }
    subtractMaximum();
    std::vector<at::Tensor> sums;
    for (Scores& score : scores_) {
      score.values.exp_();
      sums.push_back(score.byQuery(score.values.sum(-1)));
    }
    total_ = perQueryHead(scatterRows(sums, queryRows_, sizes_.tq)).squeeze(-1);
    empty_ = total_.detach() == 0;
    total_ = total_.masked_fill(empty_, 1);
  }

  // [Hq, Tq]
  at::Tensor logSumExp() const {
    return (maximum_ + total_.log()).masked_fill(empty_, -std::numeric_limits<double>::infinity()).t().contiguous();
  }

  // value [Tk, Hk, c] -> its mean under the attention weights, [Tq, Hq, c]; value may have one head for all.
  at::Tensor average(const at::Tensor& value) const {
    const bool shared = value.size(1) != sizes_.keyHeads;
    const auto values = gatherRows(value, keyRows_, working_);
    std::vector<at::Tensor> parts;
    for (size_t i = 0; i < scores_.size(); ++i) {
      parts.push_back(shared ? scores_[i].timesShared(values[i]) : scores_[i].times(values[i]));
    }
    return perQueryHead(scatterRows(parts, queryRows_, sizes_.tq)) / total_.unsqueeze(-1);
  }

 private:
  at::Tensor perQueryHead(const at::Tensor& rows) const { return rows.view({sizes_.tq, sizes_.heads, -1}); }

  // Works on the scores' storage behind autograd's back. That is sound: a hidden score ends as exp(-inf) = 0, whose
  // derivative is that same 0, and the maximum is a constant.
  void subtractMaximum() {
    const at::NoGradGuard noGrad;
    constexpr double kLowest = -std::numeric_limits<double>::infinity();
    std::vector<at::Tensor> raw, maxima;
    for (const Scores& score : scores_) {
      raw.push_back(score.values.detach());
      if (score.bucket.hidden.defined()) {
        const at::Tensor hidden = score.bucket.hidden.to(raw.back().device());
        raw.back()
            .view({score.batch(), sizes_.keyHeads, score.queries(), sizes_.group, score.keys()})
            .masked_fill_(hidden.unsqueeze(1).unsqueeze(3), kLowest);
      }
      maxima.push_back(score.byQuery(raw.back().amax(-1)));
    }
    const at::Tensor maximum = scatterRowsMax(maxima, queryRows_, sizes_.tq);
    maximum.masked_fill_(maximum == kLowest, 0);  // rows that see nothing: exp(-inf - 0) = 0
    maxima = gatherRows(maximum, queryRows_, working_);
    for (size_t i = 0; i < raw.size(); ++i) raw[i].sub_(maxima[i].view({raw[i].size(0), -1, 1}));
    maximum_ = perQueryHead(maximum).squeeze(-1);
  }

  const Sizes& sizes_;
  const std::vector<Bucket>& buckets_;
  at::ScalarType working_;
  std::vector<RowIndex> queryRows_, keyRows_;
  std::vector<Scores> scores_;
  at::Tensor maximum_, total_;  // [Tq, Hq]
  at::Tensor empty_;            // bool [Tq, Hq]: no visible key
};

enum class MassMode { kNone, kHead, kMean, kNode };

MassMode parseMassMode(std::string_view name) {
  if (name == "none") return MassMode::kNone;
  if (name == "head") return MassMode::kHead;
  if (name == "mean") return MassMode::kMean;
  TORCH_CHECK_VALUE(name == "node", kOp, ": mass_mode: expected none, head, mean or node, got ", name);
  return MassMode::kNode;
}

// [Tk, 1, 8]: one where a key is of the modality.
at::Tensor modalityColumns(const at::Tensor& modality, int64_t rows, const at::TensorOptions& options) {
  const at::Tensor bytes = modality.defined() ? modality : at::zeros({rows}, at::kByte);
  return at::one_hot(bytes.to(at::kLong), kModalities).to(options).unsqueeze(1);
}

// mean [Tq, 8] -> [N, 8, 8], rows summed by (node, modality of the query).
at::Tensor massOfNodes(const at::Tensor& mean, const PlanInput& input) {
  const at::Tensor table = input.nodes.contiguous();
  const int64_t count = table.size(0), tq = mean.size(0);
  const at::Tensor place = at::full({1, tq}, -1, at::kLong);
  for (int64_t node = 0; node < count; ++node) {
    const int64_t* row = table.const_data_ptr<int64_t>() + node * 8;
    for (int64_t query = row[0]; query < row[1]; ++query) {
      const int64_t modality = input.queryModality.defined() ? input.queryModality.const_data_ptr<uint8_t>()[query] : 0;
      place.mutable_data_ptr<int64_t>()[query] = node * kModalities + modality;
    }
  }
  const at::Tensor summed = scatterRows({mean.view({1, 1, tq, kModalities})}, {place}, count * kModalities);
  return summed.view({count, kModalities, kModalities});
}

at::Tensor arrangeMass(const at::Tensor& mass, MassMode mode, const PlanInput& input) {
  if (mode == MassMode::kHead) return mass.transpose(0, 1).contiguous();
  const at::Tensor mean = mass.mean(1);
  return mode == MassMode::kMean ? mean : massOfNodes(mean, input);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> avAttention(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& nodes,
    const OptionalTensor& modality, const OptionalTensor& queryModality, const OptionalTensor& cos,
    const OptionalTensor& sin, const OptionalTensor& keyCos, const OptionalTensor& keySin, const OptionalTensor& plan,
    std::optional<double> scale, c10::string_view massMode) {
  const Sizes sizes = checkInputs(q, k, v);
  const MassMode mode = parseMassMode(massMode);
  checkNodesTensor(kOp, nodes);
  const PlanInput input{nodes, readModality(kOp, "modality", modality, sizes.tk),
                        readModality(kOp, "query_modality", queryModality, sizes.tq), sizes.tq, sizes.tk};
  const std::vector<Bucket> buckets = readPlan(kOp, given(plan) ? *plan : buildPlan(kOp, input), input);

  const at::ScalarType working = q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::TensorOptions options = q.options().dtype(working);
  const double factor = scale.value_or(1.0 / std::sqrt(static_cast<double>(sizes.width)));
  const Rotary rotary{cos, sin, keyCos, keySin};
  const at::Tensor query = rotary.any() ? rotary.queries(q.to(working), factor) : q.to(working) * factor;
  const at::Tensor key = rotary.any() ? rotary.keys(k.to(working), sizes.tq) : k;

  if (buckets.empty()) {
    // Nothing is visible. The empty slices tie the constants to the inputs, so that backward gives them zeros.
    const auto nothing = [](const at::Tensor& x) { return x.narrow(0, 0, 0).sum(); };
    const at::Tensor tie = (nothing(q) + nothing(k) + nothing(v)).to(working);
    const at::Tensor mass = at::zeros({sizes.tq, sizes.heads, kModalities}, options) + tie;
    return {(at::zeros({sizes.tq, sizes.heads, v.size(2)}, options) + tie).to(q.scalar_type()),
            at::full({sizes.heads, sizes.tq}, -std::numeric_limits<double>::infinity(), options) + tie,
            mode == MassMode::kNone ? at::empty({0}, options) : arrangeMass(mass, mode, input)};
  }
  Attention attention(sizes, buckets, working);
  attention.score(query, key);
  at::Tensor mass = at::empty({0}, options);
  if (mode != MassMode::kNone) {
    mass = arrangeMass(attention.average(modalityColumns(input.modality, sizes.tk, options)), mode, input);
  }
  return {attention.average(v).to(q.scalar_type()), attention.logSumExp(), mass};
}

at::Tensor avPlan(const at::Tensor& nodes, const OptionalTensor& modality, const OptionalTensor& queryModality,
                  int64_t tq, int64_t tk) {
  constexpr const char* op = "av_plan";
  TORCH_CHECK_VALUE(tq >= 0, op, ": tq: expected a number of rows, got ", tq);
  TORCH_CHECK_VALUE(tk >= 0, op, ": tk: expected a number of rows, got ", tk);
  return buildPlan(op, {nodes, readModality(op, "modality", modality, tk),
                        readModality(op, "query_modality", queryModality, tq), tq, tk});
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) {
  m.impl("av_attention", avAttention);
  m.impl("av_plan", avPlan);
}

}  // namespace earsight
