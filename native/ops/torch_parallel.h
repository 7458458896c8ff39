// torch's thread pool for kernels.
#pragma once

#include <ATen/Parallel.h>

#include "../kernels/parallel.h"

namespace earsight {

inline Parallel torchParallel() {
  return {at::in_parallel_region() ? 1 : at::get_num_threads(),
          [](int workers, const std::function<void(int)>& body) {
            at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
              for (int64_t worker = begin; worker < end; ++worker) body(static_cast<int>(worker));
            });
          }};
}

}  // namespace earsight
