#include "packed_weights.h"

#include <ATen/Dispatch.h>

#include "values.h"

namespace earsight {

using decode::kPanel;

void packWeights(const decode::PackedMatrix& matrix, std::byte* to, const std::vector<at::Tensor>& parts,
                 const OutputSource& sourceOf, const Parallel& parallel) {
  std::vector<at::Tensor> rows;
  for (const at::Tensor& part : parts) {
    const at::Tensor plain = withValues(part.detach()).to(parts[0].scalar_type());
    rows.push_back(plain.stride(1) == 1 || plain.size(1) == 1 ? plain : plain.contiguous());
  }
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, rows[0].scalar_type(), "packWeights", [&] {
    std::vector<const scalar_t*> begins;
    for (const at::Tensor& part : rows) begins.push_back(part.const_data_ptr<scalar_t>());
    constexpr int64_t kPanelsATask = 8;
    forEachTask(parallel, (matrix.panels() + kPanelsATask - 1) / kPanelsATask, [&](int64_t task, int) {
      decode::packPanels(matrix, to, task * kPanelsATask, std::min(matrix.panels(), (task + 1) * kPanelsATask),
                         [&](int64_t output) -> const scalar_t* {
                           const auto [part, row] = sourceOf(output);
                           return row < 0 ? nullptr : begins[part] + row * rows[part].stride(0);
                         });
    });
  });
}

int64_t gatedOutputs(int64_t outputs) { return 2 * kPanel * ((outputs + kPanel - 1) / kPanel); }

OutputSource gatedSource(int64_t outputs) {
  return [outputs](int64_t output) {
    const int64_t panel = output / kPanel, row = panel / 2 * kPanel + output % kPanel;
    return std::pair<int, int64_t>(static_cast<int>(panel % 2), row < outputs ? row : -1);
  };
}

}  // namespace earsight
