// Moving rows between the packed sequence and padded batches. Everything else in the composite is an ATen operator;
// these moves are not, because index_select and index_add pay 100-200 ns a row on the CPU and index_put accumulates
// in no fixed order. Gather and scatter-add are each other's adjoint, so each is the other's backward, to any order.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace earsight {

// Row numbers of one padded batch: int64 [B, L] on the CPU, contiguous; -1 marks padding.
using RowIndex = at::Tensor;

// x [T, H, E] -> one [B, H, L, E] of dtype `dtype` an index; padding is zero. Differentiable in x.
// The batches stay in `dtype` on the way back too: the sum over all of them is rounded to x's dtype once.
std::vector<at::Tensor> gatherRows(const at::Tensor& x, const std::vector<RowIndex>& indices, at::ScalarType dtype);

// The sum of all batches' rows at their places: [B, H, L, E] each -> [rows, H, E], zero where no row lands.
// Differentiable in parts, which must not be empty. The order of summation is fixed: equal on any thread count.
at::Tensor scatterRows(const std::vector<at::Tensor>& parts, const std::vector<RowIndex>& indices, int64_t rows);

// The same with the maximum (-inf where no row lands, NaN wins); carries no gradient.
at::Tensor scatterRowsMax(const std::vector<at::Tensor>& parts, const std::vector<RowIndex>& indices, int64_t rows);

}  // namespace earsight
