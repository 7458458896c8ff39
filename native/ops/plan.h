// The plan of one attention batch: which query rows meet which key rows, cut into padded batches of similar size.
//
// The unit of work is an item: some query rows against one run of keys. A node's own keys meet the node's rows; they
// meet the rows of all its descendants, side by side, in further items. So a shared prompt's keys are copied once and
// not once a child, and a row's softmax is put together from at most as many items as its node has levels. Items of
// similar size form a bucket, which is one batched matmul. Visibility costs bytes only where it is not trivial.
//
// A plan is an int64 tensor, so that it can travel through an operator's schema. It carries a fingerprint of what it
// was made from, and using it with anything else is an error.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "node_table.h"

namespace earsight {

struct Bucket {
  at::Tensor queries;  // int64 [B, n]: rows of q, -1 for padding
  at::Tensor keys;     // int64 [B, m]: rows of k, -1 for padding
  at::Tensor hidden;   // bool [B or 1, n or 1, m], true where a query does not see a key; undefined: all seen
};

struct PlanInput {
  at::Tensor nodes;                     // int64 [N, 8]
  at::Tensor modality, queryModality;   // from readModality, or undefined
  int64_t tq, tk;
};

// Checks the node table and lays the batch out.
at::Tensor buildPlan(std::string_view op, const PlanInput& input);

// Views into `plan`, which must have been built from `input` (ValueError otherwise).
std::vector<Bucket> readPlan(std::string_view op, const at::Tensor& plan, const PlanInput& input);

}  // namespace earsight
