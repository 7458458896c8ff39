#include "rows.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace earsight {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kGrain = 16384;   // elements that are worth another thread
constexpr int64_t kColumnsAUnit = 16;

// ---- CPU loops ----------------------------------------------------------------------------------------------------

template <typename From, typename To>
void gatherLoop(const at::Tensor& x, const RowIndex& index, at::Tensor& batch) {
  const From* source = x.const_data_ptr<From>();
  const int64_t* rows = index.const_data_ptr<int64_t>();
  To* target = batch.mutable_data_ptr<To>();
  const int64_t heads = batch.size(1), length = batch.size(2), width = batch.size(3);
  const int64_t rowStride = x.stride(0), headStride = x.stride(1);
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, length * width));
  at::parallel_for(0, batch.size(0) * heads, grain, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t* itemRows = rows + item / heads * length;
      const From* head = source + item % heads * headStride;
      To* to = target + item * length * width;
      for (int64_t i = 0; i < length; ++i, to += width) {
        if (itemRows[i] < 0) {
          std::fill_n(to, width, To(0));
        } else {
          const From* from = head + itemRows[i] * rowStride;
#pragma omp simd
          for (int64_t e = 0; e < width; ++e) to[e] = static_cast<To>(from[e]);
        }
      }
    }
  });
}

// A thread owns columns, never rows: rows may land on each other, and their order must not depend on threads.
template <typename Scalar, typename Combine>
void scatterLoop(const std::vector<at::Tensor>& parts, const std::vector<RowIndex>& indices, at::Tensor& result,
                 Combine combine) {
  Scalar* target = result.mutable_data_ptr<Scalar>();
  const int64_t heads = result.size(1), width = result.size(2);
  const int64_t unitsAHead = (width + kColumnsAUnit - 1) / kColumnsAUnit;
  int64_t slots = 0;
  for (const RowIndex& index : indices) slots += index.numel();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, slots * kColumnsAUnit));
  at::parallel_for(0, heads * unitsAHead, grain, [&](int64_t begin, int64_t end) {
    // Runs of units that share a head are walked together, so that a thread reads whole stretches of each row.
    while (begin < end) {
      const int64_t head = begin / unitsAHead;
      const int64_t last = std::min(end, (head + 1) * unitsAHead);
      const int64_t first = (begin - head * unitsAHead) * kColumnsAUnit;
      const int64_t columns = std::min(width, (last - head * unitsAHead) * kColumnsAUnit) - first;
      for (size_t p = 0; p < parts.size(); ++p) {
        const int64_t batch = indices[p].size(0), length = indices[p].size(1);
        const int64_t* rows = indices[p].const_data_ptr<int64_t>();
        const Scalar* source = parts[p].const_data_ptr<Scalar>();
        for (int64_t b = 0; b < batch; ++b) {
          for (int64_t i = 0; i < length; ++i) {
            const int64_t row = rows[b * length + i];
            if (row < 0) continue;
            const Scalar* from = source + ((b * heads + head) * length + i) * width + first;
            Scalar* to = target + (row * heads + head) * width + first;
#pragma omp simd
            for (int64_t e = 0; e < columns; ++e) to[e] = combine(to[e], from[e]);
          }
        }
      }
      begin = last;
    }
  });
}

// ---- the same on any device, from ATen ----------------------------------------------------------------------------

struct DeviceIndex {
  at::Tensor rows;     // int64 [B * L], padding at row 0
  at::Tensor padding;  // bool [B * L, 1, 1]

  DeviceIndex(const RowIndex& index, const at::Device& device) {
    const at::Tensor flat = index.flatten().to(device);
    rows = flat.clamp_min(0);
    padding = flat.lt(0).view({-1, 1, 1});
  }
};

at::Tensor gatherOnDevice(const at::Tensor& x, const RowIndex& index, at::ScalarType dtype) {
  if (x.size(0) == 0) return at::zeros({index.size(0), x.size(1), index.size(1), x.size(2)}, x.options().dtype(dtype));
  const DeviceIndex where(index, x.device());
  return x.index_select(0, where.rows)
      .to(dtype)
      .masked_fill_(where.padding, 0)
      .view({index.size(0), index.size(1), x.size(1), x.size(2)})
      .transpose(1, 2)
      .contiguous();
}

void scatterOnDevice(const at::Tensor& part, const RowIndex& index, at::Tensor& result, bool maximum) {
  if (result.size(0) == 0) return;
  const DeviceIndex where(index, part.device());
  const at::Tensor rows = part.transpose(1, 2).reshape({index.numel(), part.size(1), part.size(3)});
  if (maximum) {
    result.index_reduce_(0, where.rows, rows.masked_fill(where.padding, -std::numeric_limits<double>::infinity()),
                         "amax");
  } else {
    result.index_add_(0, where.rows, rows.masked_fill(where.padding, 0));
  }
}

// ---- without gradients --------------------------------------------------------------------------------------------

at::Tensor gatherOne(const at::Tensor& x, const RowIndex& index, at::ScalarType dtype) {
  if (!x.is_cpu()) return gatherOnDevice(x, index, dtype);
  at::Tensor batch = at::empty({index.size(0), x.size(1), index.size(1), x.size(2)}, x.options().dtype(dtype));
  switch (x.scalar_type()) {
    case at::kDouble: gatherLoop<double, double>(x, index, batch); break;
    case at::kFloat: gatherLoop<float, float>(x, index, batch); break;
    case at::kBFloat16: gatherLoop<at::BFloat16, float>(x, index, batch); break;
    case at::kHalf: gatherLoop<at::Half, float>(x, index, batch); break;
    default: TORCH_INTERNAL_ASSERT(false, "gatherRows: dtype ", x.scalar_type());
  }
  return batch;
}

at::Tensor scatterAll(std::vector<at::Tensor> parts, const std::vector<RowIndex>& indices, int64_t rows, bool maximum) {
  for (at::Tensor& part : parts) part = part.contiguous();
  const at::Tensor& first = parts.front();
  const double start = maximum ? -std::numeric_limits<double>::infinity() : 0;
  at::Tensor result = at::full({rows, first.size(1), first.size(3)}, start, first.options());
  if (!first.is_cpu()) {
    for (size_t i = 0; i < parts.size(); ++i) scatterOnDevice(parts[i], indices[i], result, maximum);
    return result;
  }
  const auto loop = [&]<typename Scalar>(Scalar) {
    if (maximum) {
      scatterLoop<Scalar>(parts, indices, result, [](Scalar a, Scalar b) { return a > b || std::isnan(a) ? a : b; });
    } else {
      scatterLoop<Scalar>(parts, indices, result, [](Scalar a, Scalar b) { return a + b; });
    }
  };
  first.scalar_type() == at::kDouble ? loop(double()) : loop(float());
  return result;
}

// ---- with gradients -----------------------------------------------------------------------------------------------

struct GatherRows : torch::autograd::Function<GatherRows> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const std::vector<RowIndex>& indices,
                               at::ScalarType dtype) {
    ctx->saved_data["indices"] = indices;
    ctx->saved_data["rows"] = x.size(0);
    ctx->saved_data["dtype"] = x.scalar_type();
    const at::Tensor source = x.stride(2) == 1 ? x : x.contiguous();
    variable_list batches;
    for (const RowIndex& index : indices) batches.push_back(gatherOne(source, index, dtype));
    return batches;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const std::vector<RowIndex> indices = ctx->saved_data["indices"].toTensorVector();
    const at::Tensor grad = scatterRows(grads, indices, ctx->saved_data["rows"].toInt());
    return {grad.to(ctx->saved_data["dtype"].toScalarType()), {}, {}};
  }
};

struct ScatterRows : torch::autograd::Function<ScatterRows> {
  static at::Tensor forward(AutogradContext* ctx, at::TensorList parts, const std::vector<RowIndex>& indices,
                            int64_t rows) {
    ctx->saved_data["indices"] = indices;
    return scatterAll(parts.vec(), indices, rows, /*maximum=*/false);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const std::vector<RowIndex> indices = ctx->saved_data["indices"].toTensorVector();
    variable_list result = gatherRows(grads[0], indices, grads[0].scalar_type());
    result.resize(indices.size() + 2);  // indices, rows: no gradient
    return result;
  }
};

}  // namespace

std::vector<at::Tensor> gatherRows(const at::Tensor& x, const std::vector<RowIndex>& indices, at::ScalarType dtype) {
  return GatherRows::apply(x, indices, dtype);
}

at::Tensor scatterRows(const std::vector<at::Tensor>& parts, const std::vector<RowIndex>& indices, int64_t rows) {
  return ScatterRows::apply(at::TensorList(parts), indices, rows);
}

at::Tensor scatterRowsMax(const std::vector<at::Tensor>& parts, const std::vector<RowIndex>& indices, int64_t rows) {
  return scatterAll(parts, indices, rows, /*maximum=*/true);
}

}  // namespace earsight
